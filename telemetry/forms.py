"""How does a reader narrow patterns, events and sessions by the address?"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from targets.models import Target
from telemetry import sessions
from telemetry.models import (
    Event,
    EventType,
    Pattern,
    PatternDay,
    PatternHour,
    SessionTotal,
    Severity,
    ToolDay,
    ToolHour,
)
from telemetry.pages import spans
from telemetry.pages.spans import SpanForm
from telemetry.patterns.vocabulary import Diagnosis
from telemetry.rollups.finding import Counted
from telemetry.rollups.reading import of_pattern

_ANY = [("", "Any")]
FAILED, WORKED = "failed", "worked"
_NOT_NARROWING = {"before", "after", "zone"}


class Dressed(forms.Form):
    """Give the fields the page's classes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Dress the fields."""
        super().__init__(*args, **options)
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs.setdefault("class", "si-select" if chosen else "si-input")

    @property
    def is_used(self) -> bool:
        """Say whether anything is narrowed."""
        return any(self.data.get(name) for name in self.fields if name not in _NOT_NARROWING)


def _targets() -> forms.ModelChoiceField[Target]:
    return forms.ModelChoiceField(
        Target.objects.all(), to_field_name="slug", required=False, empty_label="Any"
    )


class PatternFilter(Dressed):
    """Narrow patterns by target, severity, diagnosis, type and words."""

    target = _targets()
    severity = forms.ChoiceField(choices=_ANY + Severity.choices, required=False)
    diagnosis = forms.ChoiceField(choices=_ANY + Diagnosis.choices, required=False)
    type = forms.ChoiceField(choices=_ANY + EventType.choices, required=False)
    q = forms.CharField(max_length=200, required=False, label="Words or #number")

    def narrowed(self, patterns: QuerySet[Pattern]) -> QuerySet[Pattern]:
        """Return the patterns that fit; none when a filter cannot be understood."""
        if not self.is_valid():
            return patterns.none()
        given = self.cleaned_data
        columns = {"target": "target", "severity": "severity", "diagnosis": "diagnosis"}
        for name, column in {**columns, "type": "event_type"}.items():
            if given.get(name):
                patterns = patterns.filter(**{column: given[name]})
        for word in given.get("q", "").split():
            patterns = patterns.filter(_told_with(word))
        return patterns


def _told_with(word: str) -> Q:
    number = word.removeprefix("#")
    if word.startswith("#") and number.isdecimal() and len(number) < 19:
        return Q(pk=int(number))
    return (
        Q(component__icontains=word)
        | Q(template__icontains=word)
        | Q(error_code__icontains=word)
        | Q(explanation__icontains=word)
    )


class EventFilter(SpanForm, Dressed):
    """Narrow events by what they say, who had them, and when."""

    field_order = (
        *("target", "type", "outcome", "component", "agent", "session"),
        *("span", "since", "until", "q"),
    )

    target = _targets()
    type = forms.ChoiceField(choices=_ANY + EventType.choices, required=False)
    outcome = forms.ChoiceField(
        choices=[*_ANY, (FAILED, "Failed"), (WORKED, "Worked")], required=False
    )
    component = forms.CharField(max_length=200, required=False, label="Tool or task")
    agent = forms.CharField(max_length=200, required=False)
    session = forms.CharField(max_length=200, required=False)
    span = forms.ChoiceField(
        choices=[("", "Any time"), *spans.CHOICES], required=False, label="When"
    )
    q = forms.CharField(max_length=200, required=False, label="Words of the message")
    pattern = forms.ModelChoiceField(
        Pattern.objects.all(), required=False, widget=forms.HiddenInput
    )

    def narrowed(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Return the events that fit; none when a filter cannot be understood."""
        if not self.is_valid():
            return events.none()
        given = self.cleaned_data
        for condition in (self._of_kind(), *self._conditions()):
            events = events.filter(condition)
        if given.get("session"):
            events = events.filter(session_id=given["session"])
        return events

    def counted(self) -> Counted:
        """Return the counts that tell when something fits, as far as counts know."""
        given = self.cleaned_data
        if pattern := given.get("pattern"):
            days, hours = PatternDay.objects.all(), PatternHour.objects.all()
            return Counted(of_pattern(days, pattern), of_pattern(hours, pattern))
        condition = self._of_kind()
        if given.get("outcome"):
            failed = given["outcome"] == FAILED
            condition &= Q(n__gt=F("ok")) if failed else Q(ok__gt=0)
        some = bool(given.get("agent") or given.get("type"))
        return Counted(
            ToolDay.objects.filter(condition), ToolHour.objects.filter(condition), components=some
        )

    def _of_kind(self) -> Q:
        """Return what tells events and their counts apart; their indexes begin with the target."""
        given = self.cleaned_data
        targets = [given["target"]] if given.get("target") else Target.objects.values("pk")
        columns = {"type": "event_type", "component": "component", "agent": "agent"}
        named = {column: given[name] for name, column in columns.items() if given.get(name)}
        return Q(target__in=targets, **named)

    def _conditions(self) -> Sequence[Q]:
        given = self.cleaned_data
        found = [Q(error_message__icontains=word) for word in given.get("q", "").split()]
        if given.get("outcome"):
            failed = ~Q(fingerprint="")
            found.append(failed if given["outcome"] == FAILED else Q(success=True))
        since, until = self.bounds(timezone.now())
        if since:
            found.append(Q(timestamp__gte=since))
        if until:
            found.append(Q(timestamp__lt=until))
        if pattern := given.get("pattern"):
            names = pattern.aliases.values("fingerprint")
            found.append(Q(target_id=pattern.target_id, fingerprint__in=names))
        return found


class SessionFilter(SpanForm, Dressed):
    """Narrow sessions by target, agent, name, span and whether something failed."""

    field_order = ("target", "agent", "session", "span", "since", "until", "outcome")

    target = _targets()
    agent = forms.CharField(max_length=200, required=False)
    session = forms.CharField(max_length=200, required=False, label="Session begins with")
    outcome = forms.ChoiceField(
        choices=[*_ANY, (FAILED, "With a failure")], required=False, label="Show"
    )

    def __init__(self, data: Mapping[str, Any], *args: Any, **options: Any) -> None:
        """Look at the last day unless told otherwise."""
        super().__init__(data, *args, **options)
        self._asked = super().is_used
        self.data = {**self.data, "span": self.data.get("span") or "24h"}

    @property
    def is_used(self) -> bool:
        """Say whether anything is narrowed beyond the day that is looked at anyway."""
        return self._asked

    def narrowed(self, totals: QuerySet[SessionTotal]) -> QuerySet[SessionTotal]:
        """Return the sessions that fit; none when a filter cannot be understood."""
        if not self.is_valid():
            return totals.none()
        given = self.cleaned_data
        if given.get("target"):
            totals = totals.filter(target=given["target"])
        if given.get("outcome"):
            totals = totals.filter(failures__gt=0)
        since, until = self.bounds(timezone.now())
        if since:
            totals = totals.filter(last_seen__gte=since)
        if until:
            totals = totals.filter(first_seen__lt=until)
        if given.get("session"):
            totals = sessions.beginning_with(totals, given["session"])
        return sessions.of_agent(totals, given["agent"]) if given.get("agent") else totals
