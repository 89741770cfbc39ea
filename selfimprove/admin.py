"""What does the back office show of the doors, and where is it said whose account of a chat is?"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from audit.admin import ReadOnlyAdmin
from selfimprove.models import ChangeCheck, ChatAccount, ChatArrival, ChatReading, Remembered


@admin.register(ChatAccount)
class ChatAccountAdmin(ModelAdmin):  # type: ignore[misc]
    """Say which account of a chat acts as which person; each change is on the log."""

    list_display = ["place", "user", "person", "note"]
    list_filter = ["place"]
    list_select_related = ["person"]
    search_fields = ["place", "user", "person__username", "note"]
    autocomplete_fields = ["person"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: ChatAccount | None = None
    ) -> tuple[str, ...]:
        """Keep an account from becoming another's: remove it and add the other one."""
        return () if obj is None else ("place", "user")

    def save_model(self, request: HttpRequest, obj: ChatAccount, form: Any, change: bool) -> None:
        """Let nobody decide about what another person was shown."""
        super().save_model(request, obj, form, change)
        if change and "person" in form.changed_data:
            obj.readings.all().delete()


@admin.register(ChatReading)
class ChatReadingAdmin(ReadOnlyAdmin):
    """List what was shown in chats."""

    list_display = ["account", "proposal", "part", "parts", "at"]
    list_select_related = ["account__person", "proposal"]
    ordering = ["-at"]


@admin.register(ChatArrival)
class ChatArrivalAdmin(ReadOnlyAdmin):
    """List the requests of chats, with what was answered."""

    list_display = ["at", "place", "account"]
    list_filter = ["place"]
    list_select_related = ["account__person"]


@admin.register(ChangeCheck)
class ChangeCheckAdmin(ReadOnlyAdmin):
    """List the changes that programs had checked."""

    list_display = ["id", "target", "person", "state", "asked_at", "ended_at", "stopped_by"]
    list_filter = ["state", "target"]
    list_select_related = ["target", "person"]


@admin.register(Remembered)
class RememberedAdmin(ReadOnlyAdmin):
    """List the requests that would be answered again as they were."""

    list_display = ["key", "token", "status", "at"]
    list_select_related = ["token"]
    ordering = ["-at"]
