"""Which page about policies lives where."""

from django.urls import path

from proposals.authorising import page

app_name = "policies"
urlpatterns = [path("", page.policies, name="list")]
