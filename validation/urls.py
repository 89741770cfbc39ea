"""Which page about the rules lives where."""

from django.urls import path

from validation.pages import parameters, waivers

app_name = "validation"
urlpatterns = [
    path("parameters/", parameters.overview, name="parameters"),
    path("parameters/<slug:slug>/history/", parameters.history, name="history"),
    path("waivers/", waivers.waivers, name="waivers"),
    path("waivers/<int:pk>/withdraw/", waivers.withdraw, name="withdraw"),
]
