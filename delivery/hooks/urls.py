"""At which address does a forge tell us something?"""

from django.urls import path

from delivery.hooks import views

urlpatterns = [path("github/", views.github, name="github-hook")]
