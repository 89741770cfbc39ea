"""Which page of notifications lives where?"""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.page, name="page"),
    path("add/", views.add, name="add"),
    path("mine/", views.mine, name="mine"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/switch/", views.switch, name="switch"),
    path("<int:pk>/test/", views.test, name="test"),
    path("<int:pk>/secret/", views.renew, name="renew"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
