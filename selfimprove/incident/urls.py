"""Which page of an incident lives where?"""

from django.urls import path

from selfimprove.incident import views

app_name = "incident"
urlpatterns = [
    path("", views.page, name="page"),
    path("export/", views.export, name="export"),
]
