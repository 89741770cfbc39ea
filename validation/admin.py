"""What the back office shows of the gates' answers."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from validation.models import Answer, Finding, GateResult, Report, Ruling, Waiver


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """List reports."""

    list_display = ["digest", "target", "outcome", "made_at", "seconds"]
    list_filter = ["outcome", "target"]
    search_fields = ["digest", "diff_digest", "base_commit"]
    ordering = ["-made_at"]


@admin.register(GateResult)
class GateResultAdmin(ReadOnlyAdmin):
    """List single answers."""

    list_display = ["gate", "outcome", "level", "summary", "seconds"]
    list_filter = ["gate", "outcome"]
    ordering = ["-id"]


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """List findings."""

    list_display = ["path", "line", "message"]
    search_fields = ["path", "message"]
    ordering = ["-id"]


@admin.register(Waiver)
class WaiverAdmin(ReadOnlyAdmin):
    """List waivers; they come and go on the pages, with their entries."""

    list_display = ["gate", "path", "target", "waived_by", "at", "until", "withdrawn_at"]
    list_filter = ["gate", "target"]
    list_select_related = ["target", "waived_by"]
    ordering = ["-at"]


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    """List answers that can be found again."""

    list_display = ["gate", "key", "kept_at", "until"]
    list_filter = ["gate"]


@admin.register(Ruling)
class RulingAdmin(ReadOnlyAdmin):
    """List what policies decided."""

    list_display = ["policy", "action", "permitted", "principal", "target", "at"]
    list_filter = ["permitted", "action", "policy", "target"]
    search_fields = ["principal", "digest"]
    ordering = ["-id"]
