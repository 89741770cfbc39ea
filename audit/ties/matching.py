"""Does each object stand where its last transition left it, and do the entries say so too?"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from audit.models import Entry, Transition
from audit.ties.declared import Tie, declared

Found = tuple[str, str]  # where, and what does not hold there
CHUNK = 2_000


def differences() -> Iterator[Found]:
    """Compare states, transitions and entries; each by one statement, as all move meanwhile."""
    yield from _transitions()
    yield from _broken_chains()
    for tie in declared():
        yield from _rows(tie)
        yield from _vanished(tie)


def _transitions() -> Iterator[Found]:
    """Compare each transition with the text of its entry."""
    piece: QuerySet[Transition] = Transition.objects.order_by("uid")
    fields = ("uid", "subject", "version", "source", "destination", "entry__transition_id")
    while found := list(piece.values_list(*fields, "entry__subject", "entry__body")[:CHUNK]):
        for uid, subject, version, source, destination, named, told, body in found:
            move = {"version": version, "from": source, "to": destination}
            if (named, told, _move(body)) != (uid, subject, move):
                yield subject, f"its entry does not say that it moved to “{destination}”"
        piece = piece.filter(uid__gt=found[-1][0])
    told = Entry.objects.filter(uid=OuterRef("entry_id"))
    missing = Transition.objects.filter(~Exists(told))
    for subject, version in missing.values_list("subject", "version")[:CHUNK]:
        yield subject, f"the entry of its transition {version} is gone"


def _broken_chains() -> Iterator[Found]:
    before = Transition.objects.filter(
        subject=OuterRef("subject"),
        version=OuterRef("version") - 1,
        destination=OuterRef("source"),
    )
    later = Transition.objects.exclude(version=0, source="").filter(~Exists(before))
    for subject, version in later.values_list("subject", "version")[:CHUNK]:
        yield subject, f"its transition {version} does not start where the last one ended"


def _rows(tie: Tie) -> Iterator[Found]:
    """Compare each row with the transition that it names, which must be its newest."""
    newer = Transition.objects.filter(
        subject=OuterRef("last_transition__subject"), version__gt=OuterRef("version")
    )
    rows = tie.model._default_manager.order_by("pk").annotate(
        told_subject=F("last_transition__subject"),
        told_version=F("last_transition__version"),
        told_state=F("last_transition__destination"),
        passed=Exists(newer),
    )
    shown = ("pk", "version", "told_subject", "told_version", "told_state", "passed")
    piece = rows.only("pk", "version", *tie.columns)
    last: Any = None
    while found := list((piece.filter(pk__gt=last) if last else piece)[:CHUNK]):
        for row in found:
            _, version, subject, numbered, state, passed = (getattr(row, name) for name in shown)
            expected = (tie.subject(row.pk), version, tie.state(row), False)
            if (subject, numbered, state, passed) != expected:
                yield tie.subject(row.pk), f"it is “{tie.state(row)}”, and no entry says so"
        last = found[-1].pk
    tied = Transition.objects.filter(uid=OuterRef("last_transition_id"))
    for key in tie.model._default_manager.filter(~Exists(tied)).values_list("pk", flat=True):
        yield tie.subject(key), "its last transition is gone"


def _vanished(tie: Tie) -> Iterator[Found]:
    """Find objects of which the log knows and that are not there."""
    newer = Transition.objects.filter(subject=OuterRef("subject"), version__gt=OuterRef("version"))
    named = tie.model._default_manager.filter(last_transition=OuterRef("uid"))
    last = Transition.objects.filter(subject__startswith=f"{tie.kind}:")
    orphans = last.filter(~Exists(newer), ~Exists(named))
    for subject, state in orphans.values_list("subject", "destination")[:CHUNK]:
        yield subject, f"the log left it as “{state}”, and it is not so, or not there"


def _move(body: str | None) -> object:
    try:
        text = json.loads(body or "")
    except (ValueError, RecursionError):
        return None
    return text.get("move") if isinstance(text, dict) else None


def last_of(tie: Tie, key: uuid.UUID | int) -> Transition | None:
    """Return the newest transition of an object."""
    return Transition.objects.filter(subject=tie.subject(key)).order_by("-version").first()
