"""What does a person write to allow changes beforehand?"""

from typing import Any

from django import forms

from proposals.standing.rules import ENGINES, HIGHEST, Bounds
from proposals.standing.wishes import LARGEST, LONGEST_REASON, MOST_DAYS, Wish
from targets.models import State, Target

_WRITERS = {
    "embedded": "Code fixers, without a language model",
    "model": "Language models",
}


class GrantForm(forms.Form):
    """Ask for the bounds; whether they are any is judged where they are kept."""

    target = forms.ModelChoiceField(
        Target.objects.filter(state=State.READY).order_by("slug"), to_field_name="slug"
    )
    risk = forms.ChoiceField(
        label="Highest blast radius",
        choices=[(name, "low" if name == "low" else "low and medium") for name in HIGHEST],
        help_text="As selfimprove works it out from what is touched, not as the writer says.",
    )
    paths = forms.CharField(
        label="Paths that may change, one glob a line",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        max_length=12_000,
        help_text="* stays inside one folder, ** does not: config/*.yaml, docs/**",
    )
    most_files = forms.IntegerField(label="Most files", min_value=1, max_value=LARGEST, initial=3)
    most_lines = forms.IntegerField(
        label="Most changed lines", min_value=1, max_value=LARGEST, initial=40
    )
    most_per_day = forms.IntegerField(
        label="Most approvals in 24 hours", min_value=1, max_value=LARGEST, initial=3
    )
    days = forms.IntegerField(
        label="Days until it ends", min_value=1, max_value=MOST_DAYS, initial=30
    )
    engines = forms.MultipleChoiceField(
        label="Written by",
        choices=[(name, _WRITERS[name]) for name in ENGINES],
        widget=forms.CheckboxSelectMultiple,
        initial=["embedded"],
    )
    proven = forms.BooleanField(
        label="Only what is proven improved: a benchmark is better in general, by 95 %",
        required=False,
        initial=True,
    )
    reason = forms.CharField(
        label="Why no person needs to read these",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONGEST_REASON,
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        """Give each field the look of the house."""
        super().__init__(*given, **named)
        for name, field in self.fields.items():
            if name in ("engines", "proven"):
                continue
            chosen = isinstance(field, forms.ChoiceField)
            text = isinstance(field.widget, forms.Textarea)
            look = "si-select" if chosen else "si-textarea" if text else "si-input"
            field.widget.attrs["class"] = f"{look} si-mono" if name == "paths" else look

    def wish(self) -> Wish:
        """Return what was written; only of a form that is valid."""
        said = self.cleaned_data
        bounds = Bounds(
            risk=said["risk"],
            most_files=said["most_files"],
            most_lines=said["most_lines"],
            most_per_day=said["most_per_day"],
            paths=tuple(said["paths"].splitlines()),
            engines=tuple(said["engines"]),
            proven=said["proven"],
        )
        return Wish(bounds, said["reason"], said["days"])
