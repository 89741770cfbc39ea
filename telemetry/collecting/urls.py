"""Which page of the sources lives where."""

from django.urls import path

from telemetry.collecting import pages

urlpatterns = [
    path("of/<slug:slug>/", pages.listing, name="sources"),
    path("of/<slug:slug>/add/", pages.add, name="source_add"),
    path("<int:pk>/switch/", pages.switch, name="source_switch"),
    path("<int:pk>/test/", pages.try_out, name="source_test"),
]
