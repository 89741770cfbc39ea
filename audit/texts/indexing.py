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
REASON_MARKS = f"'{_ANY} ' || {_SQLITE_MARKS}"  # on SQLite, of an entry
TOKENIZER = "unicode61 remove_diacritics 0"
_VALUES = f"{REASON_MARKS} FROM audit_entry WHERE id ="
_WORDS = f"""to_tsvector('simple', {CLEANED.format("{row}.text")})
            || array_to_tsvector(ARRAY['{_ANY}:', {_POSTGRES_MARKS}])"""
_FOUND = "FROM audit_entry WHERE id = {row}.entry_id"
WORDS_OF = f"SELECT {_WORDS} {_FOUND}".format(row="kept")  # on PostgreSQL, of a reason

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
        SELECT {_WORDS.format(row="NEW")}
        INTO NEW.words {_FOUND.format(row="NEW")};
    END IF;
    RETURN NEW;
END """
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
                f" content='', tokenize='{TOKENIZER}')"
            )
            triggers, on = _ON_SQLITE, ""
        for name, statement in triggers.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Name what keeps the index and is not there: what comes from then on would not be found."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
                " AND tgrelid = 'audit_payload'::regclass"
            )
            present = {name for (name,) in cursor.fetchall()}
            return tuple(name for name in _ON_POSTGRESQL if name not in present)
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        said = dict(cursor.fetchall())
        return tuple(name for name, sql in _ON_SQLITE.items() if said.get(name) != sql)


def present(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether there is an index at all."""
    return connection.vendor != "sqlite" or "audit_words" in connection.introspection.table_names()


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Make the index anew from the reasons that are kept, within one transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            right = f"CASE WHEN name = 'reason' THEN ({WORDS_OF}) END"
            table = "ALTER TABLE audit_payload"
            cursor.execute(f"{table} DISABLE TRIGGER audit_payload_no_update")
            cursor.execute(
                f"UPDATE audit_payload AS kept SET words = {right}"  # noqa: S608 - ours
                f" WHERE words IS DISTINCT FROM {right}"
            )
            cursor.execute(f"{table} ENABLE ALWAYS TRIGGER audit_payload_no_update")
            return
        cursor.execute("DROP TABLE IF EXISTS audit_words")
        install(connection)
        cursor.execute(
            f"INSERT INTO audit_words (rowid, reason, marks) SELECT entry_id, text, {REASON_MARKS}"  # noqa: S608
            " FROM audit_payload JOIN audit_entry ON audit_entry.id = entry_id"
            " WHERE name = 'reason'"
        )


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
