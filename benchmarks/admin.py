"""What the back office shows of benchmarks; it permits no change."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from benchmarks.models import Comparison, Definition, Finding, Measurement, Run, Score


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """List runs."""

    list_display = ["target", "commit", "state", "asked_by", "asked_at", "ended_at"]
    list_filter = ["state", "target"]
    search_fields = ["commit"]
    list_select_related = ["target"]


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    """List scores."""

    list_display = ["benchmark", "outcome", "value", "unit", "run", "where", "found_again"]
    list_filter = ["benchmark", "outcome", "where"]
    list_select_related = ["run__target"]


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin):
    """List what can be found again."""

    list_display = ["benchmark", "outcome", "value", "tool", "version", "measured_at"]
    list_filter = ["benchmark", "outcome", "tool"]
    search_fields = ["key"]
    ordering = ["-measured_at"]


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """List findings."""

    list_display = ["rule", "path", "symbol", "line"]
    search_fields = ["rule", "path", "symbol"]


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    """List comparisons."""

    list_display = ["benchmark", "verdict", "keep", "proven", "difference", "compared_at"]
    list_filter = ["benchmark", "verdict"]
    ordering = ["-compared_at"]


@admin.register(Definition)
class DefinitionAdmin(ReadOnlyAdmin):
    """List benchmarks of targets' own; they come and go on the pages, with their entries."""

    list_display = ["name", "target", "defined_by", "defined_at"]
    list_select_related = ["target"]
