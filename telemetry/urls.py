"""Which telemetry page lives where."""

from django.urls import include, path

from telemetry import trial
from telemetry.doors import pages
from telemetry.pages import acting, listing, showing, stream, talks, together

app_name = "telemetry"
urlpatterns = [
    path("", listing.patterns, name="patterns"),
    path("patterns/together/", together.together, name="together"),
    path("patterns/<int:pk>/", showing.pattern, name="pattern"),
    path("patterns/<int:pk>/act/", acting.act, name="act"),
    path("patterns/<int:pk>/apart/", acting.apart, name="apart"),
    path("moves/<int:pk>/undo/", acting.undo, name="undo"),
    path("events/", stream.events, name="events"),
    path("events/tail/", stream.tail, name="tail"),
    path("events/<int:pk>/", stream.event, name="event"),
    path("sessions/", talks.listing, name="sessions"),
    path("sessions/<slug:slug>/", talks.session, name="session"),
    path("connect/", pages.targets, name="targets"),
    path("connect/<slug:slug>/", pages.connect, name="connect"),
    path("connect/<slug:slug>/tokens/", pages.create, name="token-create"),
    path("connect/<slug:slug>/tokens/<int:pk>/rotate/", pages.rotate, name="token-rotate"),
    path("connect/<slug:slug>/tokens/<int:pk>/revoke/", pages.revoke, name="token-revoke"),
    path("reflections/", pages.reflections, name="reflections"),
    path("error-reports/", pages.error_reports, name="error-reports"),
    path("sanitizer/", trial.try_sanitizer, name="sanitizer"),
    path("import/", include("telemetry.imports.urls")),
    path("sources/", include("telemetry.collecting.urls")),
]
