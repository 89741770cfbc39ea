"""At which addresses do programs ask about generations?"""

from django.urls import path

from generations.doors import views

urlpatterns = [
    path("api/generations", views.generations, name="api-generations"),
    path("api/generations/schema", views.schema, name="api-generation-schema"),
    path("api/generations/<int:number>", views.generation, name="api-generation"),
]
