"""Is whoever acts known to the log already, and by which pseudonym and name?

Every act of a person asks this inside its transaction, so it is one short question; what was
erased, by whom and why is asked where people are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connections

from audit.people import names
from audit.writing import planned

_NAMED = (
    "audit_payload AS said"
    f" ON said.entry_id = person.naming_id AND said.name = '{names.NAME}'"
)
_OF_ACCOUNT = f"""
    SELECT person.account, person.pseudonym, said.text
    FROM audit_person AS person LEFT JOIN {_NAMED} WHERE person.account = %s
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Known:
    """Say which account acts, and its pseudonym and present name if it has them already."""

    account: int | None
    pseudonym: str = ""
    text: str = ""  # empty once it is erased


def of_account(account: int) -> Known:
    """Return who an account is."""
    return _first(_OF_ACCOUNT, [account]) or Known(account)


def of_name(name: str) -> Known:
    """Return who is meant by a name: whose account has it, or else who is known by it alone."""
    return _first(_of_name(), [name, names.kept(name), name]) or Known(None)


@lru_cache(maxsize=1)
def _of_name() -> str:
    """Write the question about a name: its account's row, or without an account its own."""
    users = get_user_model()._meta
    table, key, name = users.db_table, users.pk.column, _column_of_name()
    return f"""
        SELECT account."{key}", person.pseudonym, said.text, person.id AS place
        FROM "{table}" AS account
        LEFT JOIN audit_person AS person ON person.account = account."{key}"
        LEFT JOIN {_NAMED}
        WHERE account."{name}" = %s
        UNION ALL
        SELECT person.account, person.pseudonym, said.text, person.id
        FROM audit_person AS person JOIN {_NAMED}
        WHERE person.account IS NULL AND said.text = %s
            AND NOT EXISTS (SELECT 1 FROM "{table}" WHERE "{name}" = %s)
        ORDER BY place
    """  # noqa: S608 - ours


def _column_of_name() -> str:
    users = get_user_model()
    return str(users._meta.get_field(users.USERNAME_FIELD).column)


def _first(statement: str, values: Sequence[str | int]) -> Known | None:
    with planned.cursor(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    account, pseudonym, text, *_ = row
    return Known(account, pseudonym or "", (text or "").rstrip(" "))
