"""Which audit page lives where."""

from django.urls import path

from audit import views
from audit.browsing import pages as browsing
from audit.offline import pages as offline
from audit.texts import pages as texts
from audit.verifications import pages as verifications

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="log"),
    path("export.<str:kind>", browsing.export, name="export"),
    path("filters/", browsing.filters, name="filters"),
    path("filters/<int:pk>/", browsing.change, name="filter"),
    path("copy/", offline.copy, name="copy"),
    path("verify/", verifications.verify, name="verify"),
    path("verify/<int:number>/stop/", verifications.stop, name="stop"),
    path("entries/<uuid:uid>/", views.entry, name="entry"),
    path("entries/<uuid:uid>/proof/", offline.proof, name="proof"),
    path("entries/<uuid:uid>/erase/", texts.erase, name="erase"),
]
