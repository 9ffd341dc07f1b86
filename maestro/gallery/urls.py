from django.urls import path

from maestro.gallery import views

app_name = "gallery"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:name>/", views.state, name="state"),
    path("parts/<slug:name>/", views.part, name="part"),
]
