"""Which page of the imports lives where."""

from django.urls import path

from telemetry.imports import pages

urlpatterns = [
    path("<slug:slug>/", pages.page, name="import"),
    path("<slug:slug>/files/", pages.begin, name="import_begin"),
    path("<slug:slug>/<int:pk>/again/", pages.rerun, name="import_again"),
    path("<slug:slug>/<int:pk>/give-up/", pages.give_up, name="import_give_up"),
]
