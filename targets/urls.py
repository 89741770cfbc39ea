"""Which targets page lives where."""

from django.urls import path

from targets import views

app_name = "targets"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/accept/", views.accept, name="accept"),
]
