"""What does a person write to define a benchmark?"""

import shlex
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

READS = [
    ("json", "a number in JSON"),
    ("junit", "JUnit XML: the share that passes"),
    ("regex", "the group of a pattern"),
    ("exit", "the exit code: 0 is a success"),
]


class DefinitionForm(forms.Form):
    """Ask for the command and how its score is read; the schema of the manifest judges it."""

    name = forms.CharField(
        max_length=40, help_text="Small letters, digits and _, such as page_speed."
    )
    command = forms.CharField(
        max_length=1000, help_text="As in a terminal, without a shell: python3 bench.py --quick"
    )
    read = forms.ChoiceField(choices=READS, label="Score")
    pointer = forms.CharField(
        max_length=200, required=False, help_text="Of JSON, such as /results/p95."
    )
    pattern = forms.CharField(
        max_length=500,
        required=False,
        strip=False,
        help_text="With one group that holds the number, such as score: ([0-9.]+)",
    )
    report = forms.CharField(
        max_length=200, required=False, help_text="The file it writes; empty: what it prints."
    )
    better = forms.ChoiceField(
        choices=[("higher", "Higher is better"), ("lower", "Lower is better")], label="Direction"
    )
    unit = forms.CharField(max_length=20, required=False)
    timeout_seconds = forms.FloatField(min_value=1, max_value=3600, initial=60, label="Seconds")
    weight = forms.FloatField(min_value=0, max_value=100, initial=1)

    def __init__(self, *given: Any, **named: Any) -> None:
        """Give each field the look of the house."""
        super().__init__(*given, **named)
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "si-select" if chosen else "si-input"

    def clean_command(self) -> list[str]:
        """Split it into words."""
        try:
            return shlex.split(self.cleaned_data["command"])
        except ValueError as error:
            raise ValidationError(f"It cannot be split into words: {error}.") from error

    def said(self) -> dict[str, Any]:
        """Return it as a manifest would say it."""
        return dict(self.cleaned_data)
