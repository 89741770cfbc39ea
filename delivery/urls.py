"""Which delivery page lives where."""

from django.urls import path

from delivery import views
from delivery.deployed import pages as deployed
from delivery.pull import pages as pulling
from delivery.windows import pages as windows

app_name = "delivery"
urlpatterns = [
    path("", views.listing, name="list"),
    path("for/<uuid:proposal_id>/", views.for_proposal, name="for_proposal"),
    path("for/<uuid:proposal_id>/foreseen/", views.foreseen, name="foreseen"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/revert/", views.revert, name="revert"),
    path("<int:pk>/retry/", deployed.retry, name="retry"),
    path("<int:pk>/roll-back/", deployed.roll_back, name="roll_back"),
    path("<int:pk>/keep/", views.keep, name="keep"),
    path("<int:pk>/window/", windows.override, name="override"),
    path("<int:pk>/pull-request/", pulling.pull, name="pull"),
    path("<int:pk>/pull-request/merge/", pulling.merge, name="merge"),
    path("windows/", windows.listing, name="windows"),
]
