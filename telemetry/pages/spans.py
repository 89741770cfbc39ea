"""In which span of time does a reader look: a length until now, or times of the reader's own?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dateparse import parse_datetime

OWN = "own"
LENGTHS = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}
CHOICES = [
    ("15m", "Last 15 minutes"),
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    (OWN, "Own times"),
]
YEARS = range(2000, 2200)
Bounds = tuple[datetime | None, datetime | None]


class BadTime(ValueError):
    """A text says no moment; the words say why."""


def read_zone(name: str) -> tzinfo:
    """Return the time zone of that name, UTC for none; raise BadTime where there is none such."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError) as error:
        raise BadTime(f"There is no time zone “{name}” here; leave it out for UTC.") from error


def read_local(text: str, zone: tzinfo, *, later: bool = False) -> datetime:
    """Read a time of a zone; of one that came twice, as clocks go back, the earlier or later.

    Raises BadTime.
    """
    try:
        at = parse_datetime(text.strip())
    except ValueError:
        at = None
    if at is None:
        raise BadTime("This is no date and time. Write it as 2026-03-02 09:30.")
    if at.year not in YEARS:
        raise BadTime(f"Give a year from {YEARS[0]} to {YEARS[-1]}.")
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    found = at.replace(tzinfo=zone, fold=int(later)).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None, fold=0) != at:
        raise BadTime(f"There was no {at:%H:%M} in {zone} that day: clocks went forward.")
    return found


def _local() -> forms.TextInput:
    return forms.TextInput({"type": "datetime-local"})


class SpanForm(forms.Form):
    """Ask for a length until now, or for a start, an end, or both.

    A length rules over times that are left from before; times alone mean themselves.
    """

    span = forms.ChoiceField(choices=CHOICES, required=False, label="When")
    since = forms.CharField(max_length=40, required=False, label="From", widget=_local())
    until = forms.CharField(max_length=40, required=False, label="To", widget=_local())
    zone = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    data: dict[str, Any]
    own: Bounds = (None, None)

    def __init__(self, data: Mapping[str, Any], *args: Any, **options: Any) -> None:
        """Settle which of the two is meant before anything is read or shown."""
        super().__init__(_settled(data), *args, **options)

    @property
    def zone_name(self) -> str:
        """Return the zone in which the times are read and shown."""
        return str(self.data.get("zone") or "UTC")

    def clean(self) -> dict[str, Any]:
        """Read the times and hold them against each other."""
        given = super().clean() or self.cleaned_data
        if given.get("span") == OWN and not self.errors:
            self.own = self._read(given)
        return given

    def bounds(self, now: datetime) -> Bounds:
        """Return the first moment of the span and the one after its last, where it has them."""
        if not self.is_valid():
            return None, None
        length = LENGTHS.get(self.cleaned_data["span"])
        return (now - length, None) if length else self.own

    def has_ended(self, now: datetime) -> bool:
        """Say whether nothing that happens from now on can lie in the span."""
        _, until = self.bounds(now)
        return until is not None and until <= now

    def _read(self, given: Mapping[str, Any]) -> Bounds:
        try:
            zone = read_zone(given.get("zone", ""))
        except BadTime as error:
            self.add_error("since", str(error))
            return None, None
        found: dict[str, datetime | None] = {"since": None, "until": None}
        for name in found:
            if text := given.get(name):
                try:
                    at = found[name] = read_local(text, zone, later=name == "until")
                except BadTime as error:
                    self.add_error(name, str(error))
                else:
                    self.data[name] = _written(at.astimezone(zone))
                    # So that the page can show the same moment in its reader's zone.
                    self.fields[name].widget.attrs["data-at"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        since, until = found["since"], found["until"]
        if not self.errors and since is None and until is None:
            self.add_error("since", "Say from when, until when, or both.")
        if since and until and until <= since:
            self.add_error("until", "The end must be later than the start.")
        return since, until


def _written(at: datetime) -> str:
    """Write a time as the browser's field for one reads it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}".removesuffix(":00")


def _settled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with one meaning: own times with their zone, or a length without them."""
    given: dict[str, Any] = {name: data.get(name) for name in data}
    named = bool(given.get("since") or given.get("until"))
    if named and not given.get("span"):
        given["span"] = OWN
    if given.get("span") == OWN:
        given["zone"] = given.get("zone") or ("UTC" if named else "")
    else:
        given.update(since="", until="", zone="")
    return given
