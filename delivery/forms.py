"""What may a person enter on the delivery pages?"""

from typing import Any

from django import forms

from delivery.models import Outcome
from targets.models import Target

LIVE = "live"
WORD = "revert"


class FilterForm(forms.Form):
    """Narrow the list of deliveries by the address."""

    state = forms.ChoiceField(
        required=False, choices=[("", "Any state"), (LIVE, "Under way"), *Outcome.choices]
    )
    target = forms.ModelChoiceField(
        queryset=Target.objects.all(), required=False, to_field_name="slug", empty_label="All"
    )

    @property
    def is_used(self) -> bool:
        """Tell whether anything is narrowed."""
        return any(self.data.get(name) for name in self.fields)

    def narrowing(self) -> dict[str, Any]:
        """Return the lookups that the valid fields ask for."""
        self.is_valid()
        state, target = self.cleaned_data.get("state"), self.cleaned_data.get("target")
        wanted: dict[str, Any] = {}
        if state:
            wanted["outcome"] = "" if state == LIVE else state
        if target:
            wanted["target"] = target
        return wanted


class RevertForm(forms.Form):
    """Ask why, and for the word typed out, because this changes what runs."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "si-textarea"}),
        help_text="Stays with the proposal and in the log.",
    )
    word = forms.CharField(
        label="Type the word revert to confirm",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "si-input", "autocomplete": "off"}),
    )

    def clean_word(self) -> str:
        """Accept only the word itself."""
        word = str(self.cleaned_data["word"]).strip().lower()
        if word != WORD:
            raise forms.ValidationError(f"Type the word {WORD} to confirm; nothing was changed.")
        return word


class WindowForm(forms.Form):
    """Ask why a delivery cannot wait for its window."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "si-textarea"}),
    )
