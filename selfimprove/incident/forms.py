"""What can be chosen on the incident page?"""

from typing import Any

from django import forms

from selfimprove.incident.gathering import HOURS, USUAL_HOURS, Asked
from targets.models import Target


def _worded(hours: int) -> str:
    return "Last hour" if hours == 1 else f"Last {hours} hours"


class AskedForm(forms.Form):
    """Narrow by the address: how far back, and which target."""

    hours = forms.TypedChoiceField(
        label="Since",
        coerce=int,
        required=False,
        choices=[(hours, _worded(hours)) for hours in HOURS],
    )
    target = forms.ModelChoiceField(
        queryset=Target.objects.all(), required=False, to_field_name="slug", empty_label="All"
    )

    def __init__(self, given: Any) -> None:
        """Fill in what is usual where the address says nothing."""
        super().__init__({"hours": USUAL_HOURS, **given.dict()})

    def asked(self) -> Asked:
        """Return what the valid fields ask for; what is not valid asks for nothing."""
        self.is_valid()
        fields = self.cleaned_data
        return Asked(fields.get("hours") or USUAL_HOURS, fields.get("target"))
