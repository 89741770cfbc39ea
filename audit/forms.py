"""Which entries does somebody ask for, and what do they write when they keep or erase them?"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.http import QueryDict

from audit import log
from audit.browsing import asking, words
from audit.browsing.asking import Asked
from audit.events import Event
from audit.people import asking as people
from audit.people import names

_ACTORS = [("", "Anybody"), ("person", "People"), ("agent", "Agents"), ("system", "selfimprove")]
MOST_PEOPLE = 500
_FOLDED = ("actor_type", "subject", "proposal", "since", "until")
_RANGES = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
_RANGE_NAMES = [
    ("", "Any time"),
    ("hour", "The last hour"),
    ("day", "The last 24 hours"),
    ("week", "The last 7 days"),
    ("month", "The last 30 days"),
]


def _events() -> list[tuple[str, list[tuple[str, str]]]]:
    """List every event under its family, and the family itself as the first of it."""
    kinds = groupby(sorted(Event), key=lambda event: event.partition(".")[0])
    return [
        (kind, [(f"{kind}.*", f"every {kind} event"), *((str(e), str(e)) for e in events)])
        for kind, events in kinds
    ]


class PersonInput(forms.TextInput):
    """Show a person's present name where the address holds a pseudonym."""

    def format_value(self, value: Any) -> str | None:
        """Return the name."""
        return people.in_words(str(value)) if value else None


class FilterForm(forms.Form):
    """Read the filters from the address."""

    text = forms.CharField(
        max_length=200,
        required=False,
        label="Reason",
        widget=forms.TextInput(attrs={"placeholder": 'words "a phrase" -not', "type": "search"}),
    )
    event = forms.MultipleChoiceField(choices=_events, required=False)
    actor = forms.CharField(
        max_length=200, required=False, widget=PersonInput(attrs={"list": "people"})
    )
    actor_type = forms.ChoiceField(choices=_ACTORS, required=False, label="Kind of actor")
    target = forms.CharField(max_length=200, required=False)
    subject = forms.CharField(max_length=200, required=False)
    proposal = forms.CharField(max_length=200, required=False)
    range = forms.ChoiceField(choices=_RANGE_NAMES, required=False, label="Time")
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Dress the fields for the page."""
        super().__init__(*args, **options)
        self._read: list[tuple[str, str]] | None = None
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "si-select" if chosen else "si-input"

    def clean_text(self) -> str:
        """Refuse a text that holds nothing to look for."""
        text = str(self.cleaned_data["text"])
        if text and not words.understood(text):
            raise forms.ValidationError("Say at least one word: letters or digits.")
        return text

    def everybody(self) -> list[str]:
        """Return whom one may choose from."""
        return names.everybody(MOST_PEOPLE)

    def asked(self, now: datetime) -> Asked | None:
        """Return the question, or nothing when a filter cannot be understood."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        proposal, subject = given["proposal"].strip(), given["subject"]
        about = asking.about_proposal(proposal) if proposal else ()
        if subject and about:
            about = (subject,) if subject in about else ("",)  # no entry is about nothing
        actor = dict(self._given()).get("actor", "").strip()
        return Asked(
            events=asking.expanded(given["event"]),
            actor_type=given["actor_type"],
            actors=people.meant(actor) if actor else (),
            target=given["target"],
            subjects=about or (people.about(subject) if subject else ()),
            since=self._since(now),
            before=self._before(),
            terms=words.understood(given["text"]),
        )

    def _since(self, now: datetime) -> str:
        given = self.cleaned_data
        starts = [_start(given["since"])] if given["since"] else []
        if given["range"]:
            starts.append(log.moment(now - _RANGES[given["range"]]))
        return max(starts, default="")

    def _before(self) -> str:
        until = self.cleaned_data["until"]
        return _start(until + timedelta(days=1)) if until and until < date.max else ""

    @property
    def has_more(self) -> bool:
        """Tell whether one of the filters that are folded away is used."""
        return any(name in _FOLDED for name, _ in self._given())

    @property
    def is_used(self) -> bool:
        """Tell whether anything is filtered."""
        return bool(self.query())

    def query(self) -> str:
        """Return the filters as an address holds them, each once and in one order."""
        return _address(self._given()).urlencode()

    def chips(self) -> list[tuple[str, str]]:
        """Name each filter, with the query that is left without it."""
        given = self._given()
        found = []
        for place, (name, value) in enumerate(given):
            label = self.fields[name].label or name.replace("_", " ").capitalize()
            left = _address([*given[:place], *given[place + 1 :]]).urlencode()
            found.append((f"{label}: {self._in_words(name, value)}", left))
        return found

    def _in_words(self, name: str, value: str) -> str:
        if name == "actor":
            return people.in_words(value)
        known = {"actor_type": dict(_ACTORS), "range": dict(_RANGE_NAMES)}
        return known.get(name, {}).get(value, value)

    def _given(self) -> list[tuple[str, str]]:
        if self._read is None:
            data = self.data if isinstance(self.data, QueryDict) else QueryDict()
            values = ((name, value) for name in self.fields for value in data.getlist(name))
            found = dict.fromkeys((name, value) for name, value in values if value)
            self._read = [(name, self._understood(name, value)) for name, value in found]
        return self._read

    def _understood(self, name: str, value: str) -> str:
        """Put a person's pseudonym in the place of a name, as everything that is kept holds it."""
        kind = self.data.get("actor_type", "")
        if name != "actor" or kind not in ("", "person") or "\x00" in value:
            return value
        return people.understood(value.strip()[:200])


class SaveForm(forms.Form):
    """Name a question that is kept."""

    name = forms.CharField(max_length=60)
    shared = forms.BooleanField(required=False)


class EraseForm(forms.Form):
    """Say what is erased and why, and that it is meant."""

    ENTRY, PERSON = "entry", "person"

    what = forms.ChoiceField(choices=[(ENTRY, ENTRY), (PERSON, PERSON)], required=False)
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    word = forms.CharField(max_length=20)

    def clean_word(self) -> str:
        """Refuse anything but the word itself."""
        word = str(self.cleaned_data["word"])
        if word.strip().lower() != "erase":
            raise forms.ValidationError("Type the word “erase”: it cannot be taken back.")
        return word


def _address(given: list[tuple[str, str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in given:
        query.appendlist(name, value)
    return query


def _start(day: date) -> str:
    return log.moment(datetime.combine(day, time.min, UTC))
