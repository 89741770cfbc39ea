"""What may a person enter about a source?"""

from django import forms

from telemetry import sources
from telemetry.models import Backend, Source


class SourceForm(forms.Form):
    """Take a place that a collector can read."""

    backend = forms.ChoiceField(choices=Backend.choices, label="Collector")
    location = forms.CharField(
        max_length=Source._meta.get_field("location").max_length,
        label="Place",
        error_messages={"required": "Say where the lines are."},
    )

    def clean(self) -> dict[str, str]:
        """Refuse a place that no process could read as it is written."""
        values = super().clean() or {}
        if values.get("backend") and values.get("location"):
            try:
                sources.check(values["backend"], values["location"])
            except sources.BadSource as error:
                self.add_error("location", str(error))
        return values
