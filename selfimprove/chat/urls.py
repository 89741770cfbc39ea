"""At which addresses are chats answered?"""

from django.urls import path

from selfimprove.chat import views

urlpatterns = [
    path("", views.chat, name="chat"),
    path("slack/", views.slack, name="chat-slack"),
]
