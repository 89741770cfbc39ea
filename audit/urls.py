"""Which audit page lives where."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="log"),
    path("verify/", views.verify, name="verify"),
    path("entries/<uuid:uid>/", views.entry, name="entry"),
]
