"""Which page about standing approvals lives where."""

from django.urls import path

from proposals.standing import pages

app_name = "standing"
urlpatterns = [
    path("", pages.approvals, name="list"),
    path("grant/", pages.grant, name="grant"),
    path("<int:pk>/confirm/", pages.confirm, name="confirm"),
    path("<int:pk>/revoke/", pages.revoke, name="revoke"),
]
