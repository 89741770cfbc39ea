"""By which pseudonym does the log name a person, and how does it learn a new name?"""

import secrets
from collections.abc import Callable, Mapping

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from audit.events import Event
from audit.models import Entry
from audit.people import names
from audit.people.names import Name
from audit.people.records import Person

# Puts an entry about a pseudonym on the log, with these texts beside it.
Tell = Callable[[Event, str, Mapping[str, str]], Entry]


def pseudonym(name: str, account: int | None, tell: Tell) -> str:
    """Return a person's pseudonym; a new one, or a new name, is told on the log first."""
    if account is None:
        account = _account_of(name)
    if account is None:
        found = names.without_account(name)
        return found.pseudonym if found else _introduce(name, None, tell)
    found = names.with_account(account)
    if found is None:
        return _introduce_once(name, account, tell)
    if found.text != name:
        _rename(found, account, tell)
    return found.pseudonym


def _account_of(name: str) -> int | None:
    people = get_user_model().objects.filter(username=name)
    return people.values_list("pk", flat=True).first()


def _introduce_once(name: str, account: int, tell: Tell) -> str:
    try:
        with transaction.atomic():
            return _introduce(name, account, tell)
    except IntegrityError:  # the same person's first two acts at once: the other one was first
        found = names.with_account(account)
        if found is None:
            raise
        return found.pseudonym


def _introduce(name: str, account: int | None, tell: Tell) -> str:
    new = f"p-{secrets.token_hex(8)}"
    entry = tell(Event.PERSON_INTRODUCED, new, _texts(name, account))
    Person.objects.create(pseudonym=new, account=account, naming=entry)
    return new


def _rename(found: Name, account: int, tell: Tell) -> None:
    # Whoever acts may have been loaded before the name changed: the account itself says it.
    people = get_user_model().objects.filter(pk=account)
    present = people.values_list("username", flat=True).first()
    if present and present != found.text:
        entry = tell(Event.PERSON_RENAMED, found.pseudonym, _texts(present, account))
        Person.objects.filter(pseudonym=found.pseudonym).update(naming=entry)


def _texts(name: str, account: int | None) -> dict[str, str]:
    texts = {names.NAME: names.kept(name)}
    return texts if account is None else {**texts, names.ACCOUNT: f"{account:020}"}
