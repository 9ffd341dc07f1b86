from django.urls import path

from connectors import views

app_name = "connectors"
urlpatterns = [
    path("", views.connections, name="list"),
    path("mail/", views.mail, name="mail"),
    path("mail/try/", views.try_mail, name="try_mail"),
    path("mail/delete/", views.delete_mail, name="delete_mail"),
]
