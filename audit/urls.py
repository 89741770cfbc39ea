"""Which audit page lives where."""

from django.urls import path

from audit import views
from audit.browsing import pages as browsing
from audit.texts import pages as texts

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="log"),
    path("export.<str:kind>", browsing.export, name="export"),
    path("filters/", browsing.filters, name="filters"),
    path("filters/<int:pk>/", browsing.change, name="filter"),
    path("verify/", views.verify, name="verify"),
    path("entries/<uuid:uid>/", views.entry, name="entry"),
    path("entries/<uuid:uid>/erase/", texts.erase, name="erase"),
]
