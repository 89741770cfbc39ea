"""Which page about generations lives where."""

from django.urls import path

from generations.pages import acts, views

app_name = "generations"
urlpatterns = [
    path("", views.listed, name="list"),
    path("begin/", acts.begin, name="begin"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("find/generation/<int:pk>/", views.by_key, name="by-key"),
    path("find/loop/<int:pk>/", views.loop, name="loop"),
    path("find/loop/<int:pk>/cancel/", acts.cancel_loop, name="cancel-loop"),
    path("<slug:slug>/archive/", views.archive, name="archive"),
    path("<slug:slug>/compare/", views.compare, name="compare"),
    path("<slug:slug>/<int:number>/", views.detail, name="detail"),
    path("<slug:slug>/<int:number>/cancel/", acts.cancel, name="cancel"),
]
