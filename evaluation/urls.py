"""Which evaluation page lives where."""

from django.urls import path

from evaluation import views

app_name = "evaluation"
urlpatterns = [
    path("", views.listing, name="list"),
    path("now/", views.now, name="now"),
    path("estimate/", views.estimates, name="estimate"),
    path("agents/", views.agents, name="agents"),
    path("<int:pk>/", views.detail, name="detail"),
]
