"""What may a person enter on the pages of generations?"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from generations.models import Generation, Loop, Outcome, Reason, Writer
from generations.reporting.kinds import Kind, with_kind
from generations.running.series import MOST
from targets.models import State, Target

LIVE, DECIDED = "live", "decided"
LONGEST_WINDOW = 3650


class TargetField(forms.ModelChoiceField[Target]):
    """Choose a target, and say in advance where nothing can begin."""

    def label_from_instance(self, target: Any) -> str:
        """Name the target."""
        if target.paused:
            return f"{target.name} (paused)"
        return target.name if target.state == State.READY else f"{target.name} (not ready)"


class FilterForm(forms.Form):
    """Narrow the list of generations by the address."""

    target = forms.ModelChoiceField(
        queryset=Target.objects.all(), required=False, to_field_name="slug", empty_label="All"
    )
    outcome = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any"),
            (LIVE, "Under way"),
            (DECIDED, "Accepted or rejected"),
            *Outcome.choices,
        ],
    )
    writer = forms.ChoiceField(
        required=False, choices=[("", "Any"), *((one, one.heading) for one in Kind)]
    )
    reason = forms.ChoiceField(required=False, choices=[("", "Any"), *Reason.choices])
    days = forms.IntegerField(
        required=False, min_value=1, max_value=LONGEST_WINDOW, widget=forms.HiddenInput
    )
    loop = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    focus = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    @property
    def is_used(self) -> bool:
        """Tell whether anything is narrowed."""
        return any(self.data.get(name) for name in self.fields)

    def narrowed(self, rows: QuerySet[Generation], now: datetime) -> QuerySet[Any]:
        """Return the generations that fit what is valid of the address, each with its kind."""
        self.is_valid()
        said = self.cleaned_data
        asked = {
            "target": said.get("target"),
            "reason_kind": said.get("reason"),
            "loop": said.get("loop"),
            "focus": said.get("focus"),
            "kind": said.get("writer"),
            **_outcome(said.get("outcome", "")),
        }
        if days := said.get("days"):
            asked["ended_at__gt"] = now - timedelta(days=days)
        kept = {name: value for name, value in asked.items() if value not in (None, "")}
        found = with_kind(rows).filter(**kept)
        return found.filter(outcome="") if said.get("outcome") == LIVE else found


def _outcome(chosen: str) -> dict[str, Any]:
    if chosen == DECIDED:
        return {"outcome__in": [Outcome.ACCEPTED, Outcome.REJECTED]}
    return {"outcome": chosen} if chosen != LIVE else {}


class RunForm(forms.Form):
    """Ask for one generation or for several in a row."""

    target = TargetField(
        queryset=Target.objects.all(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"invalid_choice": "There is no such target."},
    )
    writer = forms.ChoiceField(
        required=False,
        label="Written by",
        choices=[("", "As configured"), *Writer.choices],
        error_messages={"invalid_choice": "There is no such writer."},
    )
    wanted = forms.IntegerField(
        label="In a row",
        initial=1,
        min_value=1,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"class": "si-input si-input--short"}),
    )
    dry_run = forms.BooleanField(required=False, label="Dry run: propose nothing")

    @property
    def refusal(self) -> str:
        """Say in one line what cannot be used."""
        lines = []
        for name, errors in self.errors.items():
            label = self.fields[name].label or name.capitalize()
            lines += [f"{label}: {error}" for error in errors]
        return " ".join(lines)


def open_loop(pk: int | None) -> Loop | None:
    """Return the row of generations that an address names."""
    return Loop.objects.select_related("target").filter(pk=pk).first() if pk else None
