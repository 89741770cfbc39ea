"""By which pseudonym does the log name a person, and how does it learn a new name?"""

import secrets
from collections.abc import Callable, Mapping

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from audit.events import Event
from audit.models import Entry
from audit.people import known, names
from audit.people.known import Known
from audit.people.records import Person

# Puts an entry about a pseudonym on the log, with these texts beside it.
Tell = Callable[[Event, str, Mapping[str, str]], Entry]


def pseudonym(name: str, account: int | None, tell: Tell) -> str:
    """Return a person's pseudonym; a new one, or a new name, is told on the log first."""
    found = known.of(name, account)
    if not found.pseudonym:
        if found.account is None:
            return _introduce(name, None, tell)
        return _introduce_once(name, found.account, tell)
    if found.account is None or found.text == name:
        known.remember(name, account, found.pseudonym)
    else:
        _rename(found, found.account, tell)
    return found.pseudonym


def _introduce_once(name: str, account: int, tell: Tell) -> str:
    try:
        with transaction.atomic():
            return _introduce(name, account, tell)
    except IntegrityError:  # the same person's first two acts at once: the other one was first
        found = known.of(name, account)
        if not found.pseudonym:
            raise
        return found.pseudonym


def _introduce(name: str, account: int | None, tell: Tell) -> str:
    new = f"p-{secrets.token_hex(8)}"
    entry = tell(Event.PERSON_INTRODUCED, new, _texts(name, account))
    Person.objects.create(pseudonym=new, account=account, naming=entry)
    return new


def _rename(found: Known, account: int, tell: Tell) -> None:
    # Whoever acts may have been loaded before the name changed: the account itself says it.
    people = get_user_model().objects.filter(pk=account)
    present = people.values_list("username", flat=True).first()
    if present and present != found.text:
        entry = tell(Event.PERSON_RENAMED, found.pseudonym, _texts(present, account))
        Person.objects.filter(pseudonym=found.pseudonym).update(naming=entry)


def _texts(name: str, account: int | None) -> dict[str, str]:
    texts = {names.NAME: names.kept(name)}
    return texts if account is None else {**texts, names.ACCOUNT: f"{account:020}"}
