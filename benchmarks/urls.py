"""Which page about benchmarks lives where."""

from django.urls import path

from benchmarks.pages import views

app_name = "benchmarks"
urlpatterns = [
    path("<slug:slug>/", views.target, name="target"),
    path("<slug:slug>/measure/", views.measure, name="measure"),
    path("<slug:slug>/compare/", views.compare, name="compare"),
    path("<slug:slug>/define/", views.define, name="define"),
    path("<slug:slug>/definitions/<int:pk>/remove/", views.remove, name="remove"),
    path("<slug:slug>/runs/<int:pk>/", views.run, name="run"),
    path("<slug:slug>/runs/<int:pk>/cancel/", views.cancel, name="cancel"),
]
