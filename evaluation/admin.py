"""What the back office shows of evaluations and lessons; it changes nothing."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from evaluation.models import (
    Asked,
    Consideration,
    Evaluation,
    Finding,
    Held,
    Idea,
    Inspection,
    Lesson,
    SpokenTo,
    Waking,
)


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    """List evaluations."""

    list_display = ["id", "target", "engine", "started_at", "qualified", "proposed", "malformed"]
    list_filter = ["engine", "target"]
    list_select_related = ["target"]


@admin.register(Consideration)
class ConsiderationAdmin(ReadOnlyAdmin):
    """List what became of each pattern."""

    list_display = ["evaluation_id", "pattern", "outcome", "reason"]
    list_filter = ["outcome"]
    list_select_related = ["pattern"]
    ordering = ["-id"]


@admin.register(Lesson)
class LessonAdmin(ReadOnlyAdmin):
    """List lessons."""

    list_display = ["proposal", "playbook", "verdict", "failures", "calls", "at"]
    list_filter = ["verdict", "playbook", "target"]
    list_select_related = ["proposal"]
    ordering = ["-at"]


@admin.register(Asked)
class AskedAdmin(ReadOnlyAdmin):
    """List what questions to models held."""

    list_display = ["evaluation_id", "prompt", "patterns", "tokens_estimated"]
    ordering = ["-id"]


@admin.register(SpokenTo)
class SpokenToAdmin(ReadOnlyAdmin):
    """List the texts of evidence that speak to a model."""

    list_display = ["evaluation_id", "kind", "text", "pattern"]
    list_filter = ["kind"]
    list_select_related = ["pattern"]
    ordering = ["-id"]


@admin.register(Idea)
class IdeaAdmin(ReadOnlyAdmin):
    """List ideas; they are decided on their own page."""

    list_display = ["title", "target", "kind", "priority", "status", "decided_by", "created_at"]
    list_filter = ["status", "kind", "priority", "target"]
    list_select_related = ["target"]


@admin.register(Inspection)
class InspectionAdmin(ReadOnlyAdmin):
    """List maintenance passes and scans."""

    list_display = ["id", "target", "sort", "trigger", "at", "sessions", "calls", "successes"]
    list_filter = ["sort", "target"]
    list_select_related = ["target"]


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """List what passes and scans found."""

    list_display = ["inspection_id", "rank", "kind", "title", "priority", "count", "fate"]
    list_filter = ["fate", "kind", "priority"]
    ordering = ["-id"]


@admin.register(Waking)
class WakingAdmin(ReadOnlyAdmin):
    """List what woke evaluations."""

    list_display = ["at", "target", "trigger", "words", "evaluation_id"]
    list_filter = ["trigger", "target"]
    list_select_related = ["target"]


@admin.register(Held)
class HeldAdmin(ReadOnlyAdmin):
    """List who is at which target right now."""

    list_display = ["target", "what", "beat_at"]
    list_select_related = ["target"]
