"""Which entries does somebody ask for?"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from audit import log
from audit.events import Event
from audit.models import Entry

_EVENTS = [("", "Any event"), *((str(event), str(event)) for event in sorted(Event))]


class FilterForm(forms.Form):
    """Read the filters from the address."""

    event = forms.ChoiceField(choices=_EVENTS, required=False)
    actor = forms.CharField(max_length=200, required=False)
    target = forms.CharField(max_length=200, required=False)
    subject = forms.CharField(max_length=200, required=False)
    text = forms.CharField(max_length=200, required=False, label="Reason holds")
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        """Dress the fields for the page."""
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "si-select" if name == "event" else "si-input"

    def narrowed(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Return the entries that fit; none when a filter cannot be understood."""
        if not self.is_valid():
            return entries.none()
        asked = self.cleaned_data
        for name in ("event", "actor", "target", "subject"):
            if asked[name]:
                entries = entries.filter(**{name: asked[name]})
        if asked["text"]:
            entries = entries.filter(
                payloads__name="reason", payloads__text__icontains=asked["text"]
            )
        if asked["since"]:
            entries = entries.filter(at_text__gte=_start(asked["since"]))
        if asked["until"] and asked["until"] < date.max:
            entries = entries.filter(at_text__lt=_start(asked["until"] + timedelta(days=1)))
        return entries

    @property
    def is_used(self) -> bool:
        """Tell whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)


def _start(day: date) -> str:
    return log.moment(datetime.combine(day, time.min, UTC))
