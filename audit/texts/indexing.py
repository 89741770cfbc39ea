"""How are the reasons of entries found by their words, and forgotten when they are erased?

The index is kept by triggers, so that it follows every insert and every erasure, whoever makes
it. Beside the words it holds who, what and where as marks of their own: a question that joins
a common word with a common event is answered by the index alone, at any size.

Both databases cut a text at everything that is no letter or digit, and fold its case.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# What each mark begins with, and the column that it names.
MARKS = {"e": "event", "a": "actor", "k": "actor_type", "t": "target", "s": "subject"}

CLEANED = "regexp_replace({}, '[^[:alnum:]]+', ' ', 'g')"
_ANY = "any"  # a mark that every reason has: what to take words away from
_SQLITE_MARKS = " || ' ' || ".join(f"'{sign}' || hex({column})" for sign, column in MARKS.items())
_POSTGRES_MARKS = ", ".join(f"'{sign}:' || {column}" for sign, column in MARKS.items())
_VALUES = f"'{_ANY} ' || {_SQLITE_MARKS} FROM audit_entry WHERE id ="

_ON_SQLITE = {
    "audit_payload_found": "CREATE TRIGGER audit_payload_found AFTER INSERT ON audit_payload"
    " WHEN NEW.name = 'reason' BEGIN INSERT INTO audit_words (rowid, reason, marks)"
    f" SELECT NEW.entry_id, NEW.text, {_VALUES} NEW.entry_id; END",
    "audit_payload_lost": "CREATE TRIGGER audit_payload_lost AFTER DELETE ON audit_payload"
    " WHEN OLD.name = 'reason' BEGIN INSERT INTO audit_words (audit_words, rowid, reason, marks)"
    f" SELECT 'delete', OLD.entry_id, OLD.text, {_VALUES} OLD.entry_id; END",
}
_BODY = f"""
BEGIN
    IF NEW.name = 'reason' THEN
        SELECT to_tsvector('simple', {CLEANED.format("NEW.text")})
            || array_to_tsvector(ARRAY['{_ANY}:', {_POSTGRES_MARKS}])
        INTO NEW.words FROM audit_entry WHERE id = NEW.entry_id;
    END IF;
    RETURN NEW;
END """  # noqa: S608 - ours
_ON_POSTGRESQL = {
    "audit_payload_found": "CREATE TRIGGER audit_payload_found BEFORE INSERT ON audit_payload"
    " FOR EACH ROW EXECUTE FUNCTION audit_find_words()"
}


def before_migrate(*, using: str, plan: list[Any], **_: Any) -> None:
    """Step aside on SQLite, which renames no table that a trigger of another one names."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in _ON_SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def after_migrate(*, using: str, **_: Any) -> None:
    """Put the triggers back once a migration has remade tables."""
    connection = connections[using]
    if "audit_payload" in connection.introspection.table_names():
        install(connection)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the index and what keeps it in place."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_payload ADD COLUMN IF NOT EXISTS words tsvector")
            cursor.execute(
                "CREATE INDEX IF NOT EXISTS audit_payload_words ON audit_payload USING gin (words)"
            )
            cursor.execute(
                "CREATE OR REPLACE FUNCTION audit_find_words() RETURNS trigger LANGUAGE plpgsql"
                f" AS $${_BODY}$$"
            )
            triggers, on = _ON_POSTGRESQL, " ON audit_payload"
        else:
            cursor.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS audit_words USING fts5(reason, marks,"
                " content='', tokenize='unicode61 remove_diacritics 0')"
            )
            triggers, on = _ON_SQLITE, ""
        for name, statement in triggers.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
            cursor.execute(statement)


def forget(connection: BaseDatabaseWrapper) -> None:
    """Have the index let go of what was taken out of it: until it is rewritten it keeps that."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO audit_words (audit_words) VALUES ('optimize')")


def empty(connection: BaseDatabaseWrapper) -> None:
    """Let go of everything, once the texts themselves are gone."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO audit_words (audit_words) VALUES ('delete-all')")
