"""Which proposals page lives where."""

from django.urls import path

from proposals.colliding import page as colliding
from proposals.pages import checking, deciding, listing, several, waiving
from proposals.revising import pages as revising
from proposals.standing import pages as standing
from proposals.threads import pages as threads

app_name = "proposals"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("conflicts/", colliding.conflicts, name="conflicts"),
    path("together/", several.confirm, name="together"),
    path("together/decided/", several.decided, name="decided"),
    path("<uuid:pk>/", deciding.detail, name="detail"),
    path("<uuid:pk>/approve/", deciding.approve, name="approve"),
    path("<uuid:pk>/reject/", deciding.reject, name="reject"),
    path("<uuid:pk>/changes/", revising.request_changes, name="request-changes"),
    path("<uuid:pk>/changes/withdraw/", revising.withdraw, name="withdraw-request"),
    path("<uuid:pk>/revise/", revising.revise, name="revise"),
    path("<uuid:pk>/since/", revising.since, name="since"),
    path("<uuid:pk>/hold/", standing.hold, name="hold"),
    path("<uuid:pk>/check/stop/", checking.stop, name="stop-check"),
    path("<uuid:pk>/check/again/", checking.again, name="check-again"),
    path("<uuid:pk>/findings/<int:finding>/waive/", waiving.waive, name="waive"),
    path("<uuid:pk>/say/", threads.say, name="say"),
    path("<uuid:pk>/threads/<int:thread>/reply/", threads.reply, name="reply"),
    path("<uuid:pk>/threads/<int:thread>/settle/", threads.settle, name="settle"),
    path("<uuid:pk>/comments/<uuid:comment>/", threads.change, name="change-comment"),
]
