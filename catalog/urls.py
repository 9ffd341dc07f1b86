from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.workflow_list, name="list"),
    path("<slug:publisher>/<slug:slug>/", views.workflow_detail, name="detail"),
    path("<slug:publisher>/<slug:slug>/diff/", views.version_diff, name="diff"),
]
