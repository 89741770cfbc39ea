"""Which page of notifications lives where?"""

from django.urls import path

from notifications import pages

app_name = "notifications"
urlpatterns = [
    path("", pages.page, name="page"),
    path("add/", pages.add, name="add"),
    path("mine/", pages.mine, name="mine"),
    path("<int:pk>/change/", pages.change, name="change"),
    path("<int:pk>/switch/", pages.switch, name="switch"),
    path("<int:pk>/test/", pages.test, name="test"),
    path("<int:pk>/remove/", pages.remove, name="remove"),
]
