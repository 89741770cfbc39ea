"""What the back office shows of generations; it permits no change."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from generations.models import Delta, Generation, Loop, PhaseRun


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    """List generations."""

    list_display = ["target", "number", "phase", "outcome", "reason_kind", "started_at"]
    list_filter = ["outcome", "reason_kind", "writer", "target"]
    search_fields = ["focus", "diff_digest"]
    list_select_related = ["target"]


@admin.register(PhaseRun)
class PhaseRunAdmin(ReadOnlyAdmin):
    """List runs of phases."""

    list_display = ["generation", "phase", "attempt", "result", "started_at", "ended_at"]
    list_filter = ["phase", "result"]
    list_select_related = ["generation__target"]


@admin.register(Delta)
class DeltaAdmin(ReadOnlyAdmin):
    """List what benchmarks said of changes."""

    list_display = ["generation", "benchmark", "verdict", "before", "after", "keep", "proven"]
    list_filter = ["benchmark", "verdict"]
    list_select_related = ["generation__target"]


@admin.register(Loop)
class LoopAdmin(ReadOnlyAdmin):
    """List wishes for several generations in a row."""

    list_display = ["target", "wanted", "writer", "dry_run", "asked_by", "asked_at", "ended_at"]
    list_select_related = ["target"]
