"""Which page across the rooms lives where."""

from django.urls import path

from selfimprove.console import views

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("settings/", views.settings, name="settings"),
    path("settings/agentcore/", views.agentcore_status, name="agentcore"),
    path("settings/pause/", views.pause, name="pause"),
    path("settings/resume/", views.resume, name="resume"),
]
