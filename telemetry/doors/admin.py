"""What does the back office show of tokens and reports? All of it is made elsewhere."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from audit.admin import ReadOnlyAdmin
from telemetry.doors.models import DoorTally, ErrorReport, Reflection, Token


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    """List tokens, each with the way to where it is rotated and revoked."""

    list_display = [
        "name",
        "target",
        "person",
        "start",
        "scopes",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "acts",
    ]
    list_select_related = ["target", "person"]
    list_filter = ["target"]
    search_fields = ["name", "start"]
    exclude = ["digest"]

    @admin.display(description="")
    def acts(self, token: Token) -> str:
        """Lead to where the successor can be shown once and a revocation is confirmed."""
        if not token.is_open(timezone.now()):
            return ""
        address = f"{token.get_absolute_url()}#acts-{token.pk}"
        return format_html('<a href="{}">Rotate or revoke</a>', address)


@admin.register(DoorTally)
class DoorTallyAdmin(ReadOnlyAdmin):
    """List what came through each door."""

    list_display = ["token", "door", "requests", "accepted", "duplicates", "dropped", "rejected"]
    list_filter = ["door"]


@admin.register(Reflection)
class ReflectionAdmin(ReadOnlyAdmin):
    """List reflections."""

    list_display = ["at", "target", "agent", "session_id", "derived"]
    list_filter = ["target", "derived"]
    show_full_result_count = False


@admin.register(ErrorReport)
class ErrorReportAdmin(ReadOnlyAdmin):
    """List error reports."""

    list_display = ["occurred_at", "target", "source", "title", "severity", "count"]
    list_filter = ["target", "severity"]
    show_full_result_count = False
