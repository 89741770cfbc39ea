"""What the back office shows of notifications; it changes nothing, and no address is shown."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from notifications.models import Channel, Message, Occurrence, Telling


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """List channels."""

    list_display = ["name", "place", "shown", "least", "enabled", "last_sent_at", "last_failure"]
    list_filter = ["place", "enabled"]
    exclude = ["sealed", "signing", "signing_before"]


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    """List what people hear of."""

    list_display = ["at", "kind", "severity", "subject", "target"]
    list_filter = ["kind", "severity"]
    search_fields = ["subject"]
    show_full_result_count = False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """List messages."""

    list_display = ["created_at", "channel", "batch", "count", "state", "attempts", "maybe_twice"]
    list_filter = ["state", "batch", "channel"]
    list_select_related = ["channel"]
    show_full_result_count = False


@admin.register(Telling)
class TellingAdmin(ReadOnlyAdmin):
    """List who is told of what."""

    list_display = ["occurrence", "channel", "batch", "state", "due_at"]
    list_filter = ["state", "channel"]
    list_select_related = ["occurrence", "channel"]
    show_full_result_count = False
