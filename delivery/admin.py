"""What the back office shows of deliveries; it changes nothing."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from delivery.models import (
    Arrival,
    Delivery,
    Echo,
    Handover,
    Mirror,
    Report,
    StageRun,
    Strand,
    Watch,
)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """List deliveries."""

    list_display = ["id", "proposal", "target", "plan", "stage", "outcome", "started_at"]
    list_filter = ["outcome", "plan", "target"]
    search_fields = ["proposal__title", "merge_commit"]
    list_select_related = ["proposal", "target"]


@admin.register(StageRun)
class StageRunAdmin(ReadOnlyAdmin):
    """List runs of stages."""

    list_display = ["delivery_id", "plan", "stage", "attempt", "result", "started_at", "ended_at"]
    list_filter = ["result", "stage"]
    ordering = ["-id"]


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin):
    """List watches."""

    list_display = ["delivery_id", "verdict", "calls", "failures", "started_at", "ended_at"]
    list_filter = ["verdict"]


@admin.register(Arrival)
class ArrivalAdmin(ReadOnlyAdmin):
    """List the webhooks that came."""

    list_display = ["at", "event", "action", "repository", "followed", "woken"]
    list_filter = ["event"]
    search_fields = ["uid", "repository"]


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    """List what deployers elsewhere were asked for."""

    list_display = ["delivery_id", "plan", "attempt", "state", "commit", "made_at", "ended_at"]
    list_filter = ["state", "plan"]
    search_fields = ["commit", "uid"]


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """List what they said."""

    list_display = ["handover_id", "sequence", "at"]


@admin.register(Mirror)
class MirrorAdmin(ReadOnlyAdmin):
    """List when pull requests were listened to."""

    list_display = ["delivery", "looked_at", "trouble"]
    list_select_related = ["delivery__proposal"]


@admin.register(Strand)
class StrandAdmin(ReadOnlyAdmin):
    """List the threads that are held in two places."""

    list_display = ["root", "delivery", "thread", "resolved"]
    list_select_related = ["delivery__proposal", "thread"]


@admin.register(Echo)
class EchoAdmin(ReadOnlyAdmin):
    """List the comments that stand in two places."""

    list_display = ["name", "delivery", "comment", "edited", "gone_at"]
    list_select_related = ["delivery__proposal", "comment"]
    search_fields = ["name"]
