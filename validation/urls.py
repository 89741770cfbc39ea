"""Which page about the rules lives where."""

from django.urls import path

from validation.pages import waivers

app_name = "validation"
urlpatterns = [
    path("waivers/", waivers.waivers, name="waivers"),
    path("waivers/<int:pk>/withdraw/", waivers.withdraw, name="withdraw"),
]
