"""Is whoever acts known to the log already, and by which pseudonym and name?

Every act of a person asks this inside its transaction, so it is one short question; what was
erased, by whom and why is asked where people are shown.

Who acted before most often acts again. What the answer was then is only ever guessed to be so
still: an entry is inserted on the condition that the same question, asked by the same statement,
has the same answer.
"""

# ruff: noqa: S608 - what stands in these statements is written here

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connections

from audit.people import names
from audit.writing import planned
from audit.writing.planned import Condition

_NAMED = (
    f"audit_payload AS said ON said.entry_id = person.naming_id AND said.name = '{names.NAME}'"
)
_OF_ACCOUNT = (
    "SELECT person.account, person.pseudonym, said.text"
    f" FROM audit_person AS person LEFT JOIN {_NAMED} WHERE person.account = %s"
)
MOST = 1_000  # people whose last answer a process remembers

_answers: dict[int, str] = {}  # pseudonyms; by hashes, so that no name outlives its erasure here


@dataclass(frozen=True)
class Known:
    """Say which account acts, and its pseudonym and present name if it has them already."""

    account: int | None
    pseudonym: str = ""
    text: str = ""  # empty once it is erased


def of(name: str, account: int | None) -> Known:
    """Return who an account is; without one whose account has the name, or who has it alone."""
    statement, values = _question(name, account)
    with planned.cursor(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return Known(account)
    found, pseudonym, text, *_ = row
    return Known(found, pseudonym or "", (text or "").rstrip(" "))


def remember(name: str, account: int | None, pseudonym: str) -> None:
    """Let the next act of a person be tried with this pseudonym."""
    if len(_answers) >= MOST:
        _answers.clear()
    _answers[hash((name, account))] = pseudonym


def guess(name: str, account: int | None) -> tuple[str, Condition] | None:
    """Return the pseudonym that was right before, and on which condition it is right still."""
    pseudonym = _answers.get(hash((name, account)))
    if pseudonym is None:
        return None
    statement, values = _question(name, account)
    return pseudonym, Condition(_answered(statement), (*values, pseudonym, names.kept(name)))


def forget(name: str, account: int | None) -> None:
    """Guess no more about a person until the question is answered anew."""
    _answers.pop(hash((name, account)), None)


def _question(name: str, account: int | None) -> tuple[str, Sequence[str | int]]:
    if account is not None:
        return _OF_ACCOUNT, [account]
    return _of_name(), [name, names.kept(name), name]


@lru_cache(maxsize=2)
def _answered(question: str) -> str:
    """Write the condition that a question has the expected answer."""
    return (
        f"EXISTS (SELECT 1 FROM ({question} LIMIT 1) AS who"
        " WHERE who.pseudonym = %s AND (who.account IS NULL OR who.text = %s))"
    )


@lru_cache(maxsize=1)
def _of_name() -> str:
    """Write the question about a name: its account's row, or without an account its own."""
    users = get_user_model()
    fields = {field.name: field.column for field in users._meta.concrete_fields}
    table, key, column = users._meta.db_table, users._meta.pk.column, fields[users.USERNAME_FIELD]
    return (
        f'SELECT account."{key}" AS account, person.pseudonym, said.text, person.id AS place'
        f' FROM "{table}" AS account'
        f' LEFT JOIN audit_person AS person ON person.account = account."{key}"'
        f' LEFT JOIN {_NAMED} WHERE account."{column}" = %s'
        " UNION ALL SELECT person.account, person.pseudonym, said.text, person.id"
        f" FROM audit_person AS person JOIN {_NAMED}"
        " WHERE person.account IS NULL AND said.text = %s"
        f' AND NOT EXISTS (SELECT 1 FROM "{table}" WHERE "{column}" = %s) ORDER BY place'
    )
