"""What does a person enter to make, rotate or revoke a token?"""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from telemetry.doors.models import HANDING_IN, OF_DOORS

FOR_EVER = "0"
LASTS = [(FOR_EVER, "until it is revoked"), ("1", "1 day"), ("30", "30 days"),
         ("90", "90 days"), ("365", "a year")]  # fmt: skip
GRACES = [("0", "not at all"), ("1", "1 hour"), ("24", "1 day"), ("168", "7 days")]


class TokenForm(forms.Form):
    """Take who will use a token, what for, and how long."""

    name = forms.CharField(
        max_length=100,
        label="Who will use it?",
        error_messages={"required": "Say who will use it, so that it can be found again."},
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.label) for scope in OF_DOORS],
        label="What does it open?",
        initial=HANDING_IN,
        error_messages={"required": "Choose at least one."},
    )
    lasts = forms.ChoiceField(choices=LASTS, initial=FOR_EVER, label="How long does it last?")

    def expires_at(self, now: datetime) -> datetime | None:
        """Return the end that was chosen."""
        days = int(self.cleaned_data["lasts"])
        return now + timedelta(days=days) if days else None

    def chosen(self) -> list[str]:
        """Return the scopes that are ticked."""
        found: Any = self["scopes"].value()
        return list(found or [])


class RotateForm(forms.Form):
    """Take how long the old token still opens."""

    grace = forms.ChoiceField(choices=GRACES, initial="24", label="The old one still opens")

    def period(self) -> timedelta:
        """Return the grace that was chosen."""
        return timedelta(hours=int(self.cleaned_data["grace"]))
