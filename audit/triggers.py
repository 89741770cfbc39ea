"""What in the database itself refuses to change or remove a line of the log?

Triggers stop accidents and the application. They are lost when Django remakes a table on
SQLite, so they are put back after every migration, and `missing` tells when one is not there.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# All but the head and the outlets: rows that move with what they tell and can be rebuilt.
TABLES = (
    *("audit_entry", "audit_transition", "audit_leaf", "audit_checkpoint", "audit_node"),
    *("audit_citation", "audit_payload", "audit_erasure", "audit_anchor", "audit_keystatement"),
)

_BODY = """
BEGIN
    RAISE EXCEPTION 'the log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END """
_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"
)
# The words of an entry alone may go, and only where the log says that they do: an erasure names
# them, and the entry it points to is one about an erasure and names this entry in its text.
ERASABLE = "audit_payload_no_delete"
_NAMED = """
    SELECT 1 FROM audit_erasure
    JOIN audit_entry AS said ON said.id = audit_erasure.entry_id
    JOIN audit_entry AS erased ON erased.id = audit_erasure.erased_id
    WHERE erased.id = OLD.entry_id AND said.event = 'payload.erased' AND {names_it}
"""
_ERASURE_BODY = f"""
BEGIN
    IF NOT EXISTS ({_NAMED.format(names_it="strpos(said.body, erased.uid::text) > 0")}) THEN
        RAISE EXCEPTION 'the log is append-only: % of % is refused without an entry about it',
            TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END """
_ERASURE_FUNCTION = (
    "CREATE OR REPLACE FUNCTION audit_refuse_unerased() RETURNS trigger LANGUAGE plpgsql"
    f" AS $${_ERASURE_BODY}$$"
)
# What each trigger says, when it fires and what it calls: a namesake that does nothing is none.
_ON_POSTGRESQL = """
SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), prosrc
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgenabled = 'A' AND NOT tgisinternal
    AND tgrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
"""
_ON_SQLITE = "SELECT name, sql, '' FROM sqlite_master WHERE type = 'trigger'"


def names(vendor: str) -> tuple[str, ...]:
    """Return the triggers that a database of this vendor must have."""
    acts = ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")
    return tuple(f"{table}_no_{act}" for table in TABLES for act in acts)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place that is not there."""
    absent = missing(connection)
    with connection.cursor() as cursor:
        if absent and connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
            cursor.execute(_ERASURE_FUNCTION)
        for name in absent:
            for statement in _statements(name, connection.vendor):
                cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Name the triggers that are not there, are switched off, or were exchanged for others."""
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute(_ON_POSTGRESQL, [list(TABLES)])
        else:
            cursor.execute(_ON_SQLITE)
        present = {name: (said, calls) for name, said, calls in cursor.fetchall()}
    return tuple(
        name
        for name in names(connection.vendor)
        if present.get(name)
        != (_definition(name, connection.vendor), _called(name) if postgres else "")
    )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger out, for a moment in which tables are remade or a test is cleared up."""
    with connection.cursor() as cursor:
        for name in names(connection.vendor):
            on = f" ON {name.rpartition('_no_')[0]}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def before_migrate(*, using: str, plan: list[Any], **_: Any) -> None:
    """Step aside on SQLite, which renames no table that a trigger of another one names."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        remove(connection)


def after_migrate(*, using: str, **_: Any) -> None:
    """Put the triggers back once a migration has remade tables."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if set(TABLES) <= set(tables):
        install(connection)


def _statements(name: str, vendor: str) -> tuple[str, ...]:
    table = name.rpartition("_no_")[0]
    if vendor == "postgresql":
        return (
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
            _definition(name, vendor),
            # ALWAYS: a session in replication mode skips ordinary triggers.
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        )
    return f"DROP TRIGGER IF EXISTS {name}", _definition(name, vendor)


def _called(name: str) -> str:
    return _ERASURE_BODY if name == ERASABLE else _BODY


def _definition(name: str, vendor: str) -> str:
    """Return the statement that makes a trigger, as the database itself would write it."""
    table, _, act = name.rpartition("_no_")
    act = act.upper()
    if vendor == "postgresql":
        each = "STATEMENT" if act == "TRUNCATE" else "ROW"
        function = "audit_refuse_unerased" if name == ERASABLE else "audit_refuse"
        return (
            f"CREATE TRIGGER {name} BEFORE {act} ON {table}"
            f" FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
    if name == ERASABLE:
        names_it = "instr(replace(said.body, '-', ''), erased.uid) > 0"
        return (
            f"CREATE TRIGGER {name} BEFORE {act} ON {table}"
            f" WHEN NOT EXISTS ({_NAMED.format(names_it=names_it)})"
            f" BEGIN SELECT RAISE(ABORT, 'the log is append-only: {act} of {table} is refused"
            " without an entry about it'); END"
        )
    sentence = f"the log is append-only: {act} of {table} is refused"
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )
