"""Which page of the tools lives where."""

from django.urls import path

from selfimprove.mcp import pages

app_name = "mcp"
urlpatterns = [
    path("", pages.page, name="page"),
    path("tokens/", pages.create, name="create"),
    path("tokens/<int:pk>/rotate/", pages.rotate, name="rotate"),
    path("tokens/<int:pk>/revoke/", pages.revoke, name="revoke"),
]
