"""At which addresses does the API answer? As the table of its routes says."""

from django.urls import path

from selfimprove.api import openapi
from selfimprove.api.entry import resource
from selfimprove.api.routes import ROUTES

urlpatterns = [
    path("api/openapi.json", openapi.document, name="api-openapi"),
    *(
        path(
            one.path.replace("{id}", "<str:wanted>").replace("{number}", "<int:number>"),
            resource(one.operations, one.beside),
            name=one.name,
        )
        for one in ROUTES
    ),
]
