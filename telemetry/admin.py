"""What the back office shows of telemetry; only sources can be set up there."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from audit import log
from audit.admin import ReadOnlyAdmin
from audit.events import Event as AuditEvent
from audit.log import Actor
from telemetry import sources
from telemetry.collecting import states
from telemetry.doors import admin as doors_admin  # noqa: F401  # registers its own
from telemetry.models import (
    DiagnosisRule,
    Event,
    HeldEvent,
    Import,
    Keeping,
    MinuteCount,
    Pattern,
    PatternAlias,
    Source,
    Turn,
)
from telemetry.storing import keeping

MOST_LISTED = 10_000


class SourceForm(ModelForm[Source]):
    """Take a place that a collector can read."""

    def clean(self) -> dict[str, Any]:
        """Refuse a place as the command does."""
        values = super().clean() or {}
        if values.get("backend") and values.get("location"):
            try:
                sources.check(values["backend"], values["location"])
            except sources.BadSource as error:
                raise ValidationError({"location": str(error)}) from error
        return values


@admin.register(Source)
class SourceAdmin(ModelAdmin):  # type: ignore[misc]
    """Say where a target's events are collected."""

    form = SourceForm
    list_display = ["location", "target", "backend", "state", "last_read_at", "stored_count"]
    list_filter = ["target", "backend", "enabled"]
    fields = ["target", "backend", "location", "enabled"]
    readonly_fields = [
        *("state", "cursor", "last_read_at", "last_line_at", "last_error", "last_refusal"),
        *("last_refused_at", "places", "behind_bytes"),
        *("read_count", "stored_count", "refused_count"),
    ]

    def get_fields(self, request: HttpRequest, obj: Source | None = None) -> list[str]:
        """Show what was found at a place only when there is one."""
        return [*self.fields, *self.readonly_fields] if obj else list(self.fields)

    @admin.display(description="State")
    def state(self, obj: Source) -> str:
        """Say how it is with the place, and what to do."""
        judged = states.state_of(obj, timezone.now())
        return f"{judged.label}: {judged.words}"

    def save_model(
        self, request: HttpRequest, obj: Source, form: ModelForm[Source], change: bool
    ) -> None:
        """Save a source and record who set it up so; another place is read from its start."""
        with transaction.atomic():
            if change and {"location", "backend"} & set(form.changed_data):
                obj.cursor = {}
            super().save_model(request, obj, form, change)
            log.record(
                AuditEvent.SOURCE_CHANGED if change else AuditEvent.SOURCE_ADDED,
                actor=Actor.person(request.user),  # type: ignore[arg-type]
                subject=f"target:{obj.target.slug}",
                at=timezone.now(),
                target=obj.target.slug,
                texts={"location": obj.location},
                facts={
                    "source": obj.pk,
                    "backend": obj.backend,
                    "enabled": obj.enabled,
                },
            )

    def delete_model(self, request: HttpRequest, obj: Source) -> None:
        """Give a source up, on the log."""
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        sources.remove(obj, actor=actor, at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Give several up, each on the log."""
        for source in queryset.select_related("target"):
            self.delete_model(request, source)


@admin.register(Keeping)
class KeepingAdmin(ModelAdmin):  # type: ignore[misc]
    """Say for how long a target's events are kept; what is gone is shown, never edited."""

    list_display = ["target", "days", "gone_before"]
    fields = ["target", "days", "gone_before"]
    actions = None

    def get_readonly_fields(
        self, request: HttpRequest, obj: Keeping | None = None
    ) -> tuple[str, ...]:
        """Keep the target of a row from being changed."""
        return ("gone_before",) if obj is None else ("target", "gone_before")

    def has_delete_permission(self, request: HttpRequest, obj: Keeping | None = None) -> bool:
        """Refuse: the row remembers what is gone; leave the days empty instead."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Keeping, form: ModelForm[Keeping], change: bool
    ) -> None:
        """Set the days, which records who did it."""
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        kept = keeping.set_days(obj.target, obj.days, actor=actor, at=timezone.now())
        obj.pk = kept.pk


@admin.register(HeldEvent)
class HeldEventAdmin(ReadOnlyAdmin):
    """List events that are kept past their time, and for what."""

    list_display = ["uid", "target", "holder", "since"]
    list_filter = ["target"]
    search_fields = ["uid", "holder"]


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """List when people spoke to agents, of the last two days."""

    list_display = ["at", "target", "session_id", "received_at", "judged"]
    list_filter = ["target", "judged"]
    search_fields = ["session_id"]


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    """List what people brought in; it is asked for and given up on its target's page."""

    list_display = ["asked_at", "target", "asked_by", "state", "stored", "duplicates", "bad"]
    list_filter = ["target", "state"]
    search_fields = ["asked_by"]


class Counted(Paginator):  # type: ignore[type-arg]
    """Page through the latest events without counting all: that takes seconds at ten million."""

    @cached_property
    def count(self) -> int:
        """Return how many can be paged through, at most."""
        rows: QuerySet[Event] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_LISTED].count()


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """List events."""

    paginator = Counted

    list_display = ["timestamp", "event_type", "component", "agent", "success", "error_code"]
    list_filter = ["event_type", "target"]
    search_fields = ["uid", "component", "error_message"]
    show_full_result_count = False


@admin.register(Pattern)
class PatternAdmin(ReadOnlyAdmin):
    """List patterns."""

    list_display = [
        "component",
        "template",
        "state",
        "severity",
        "diagnosis",
        "count",
        "last_seen",
    ]
    list_filter = ["state", "severity", "diagnosis", "target"]
    search_fields = ["component", "template"]


@admin.register(PatternAlias)
class PatternAliasAdmin(ReadOnlyAdmin):
    """List which fingerprint belongs to which pattern."""

    list_display = ["fingerprint", "pattern", "counted_to"]


@admin.register(DiagnosisRule)
class DiagnosisRuleAdmin(ReadOnlyAdmin):
    """List what corrections of diagnoses taught."""

    list_display = ["component", "error_code", "diagnosis", "taught_by", "at", "is_active"]
    list_filter = ["diagnosis", "is_active", "target"]


@admin.register(MinuteCount)
class MinuteCountAdmin(ReadOnlyAdmin):
    """List counts."""

    list_display = ["at", "component", "calls", "failures"]
    list_filter = ["target"]
    show_full_result_count = False
