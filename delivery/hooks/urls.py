"""At which addresses does a forge, or a deployer elsewhere, tell us something?"""

from django.urls import path

from delivery.elsewhere import views as elsewhere
from delivery.hooks import views

urlpatterns = [
    path("github/", views.github, name="github-hook"),
    path("deployments/<uuid:uid>/", elsewhere.report, name="deployment-hook"),
]
