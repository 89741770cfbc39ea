"""Which evaluation page lives where."""

from django.urls import path

from evaluation import views
from evaluation.ideas import pages as ideas
from evaluation.inspections import pages as inspections
from evaluation.rules import pages

app_name = "evaluation"
urlpatterns = [
    path("", views.listing, name="list"),
    path("now/", views.now, name="now"),
    path("estimate/", views.estimates, name="estimate"),
    path("ideas/", ideas.listing, name="ideas"),
    path("ideas/<int:pk>/", ideas.detail, name="idea"),
    path("ideas/<int:pk>/again/", ideas.try_again, name="idea-again"),
    path("ideas/<int:pk>/take-up/", ideas.take_up, name="take-up"),
    path("ideas/<int:pk>/turn-down/", ideas.turn_down, name="turn-down"),
    path("inspections/", inspections.listing, name="inspections"),
    path("inspections/maintain/", inspections.maintain, name="maintain"),
    path("inspections/scan/", inspections.scan, name="scan"),
    path("inspections/<int:pk>/", inspections.detail, name="inspection"),
    path("inspections/<int:pk>.json", inspections.as_json, name="inspection-json"),
    path("playbooks/", pages.listing, name="playbooks"),
    path("<int:pk>/", views.detail, name="detail"),
]
