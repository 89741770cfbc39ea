"""At which address do programs ask for the form of reports? What changes too is in the API."""

from django.urls import path

from generations.doors import views

urlpatterns = [path("api/generations/schema", views.schema, name="api-generation-schema")]
