"""What in the database itself refuses a state without its entry, and an entry without its state?

The same guards keep rows of other rooms that may not change once they are final (`kept.py`).

A row changes first and names a transition that is not there yet; the transition is written with
the entry that it names. When the transition comes, all three are compared; when it does not, the
deferred foreign key of the row refuses the whole transaction.
"""

# ruff: noqa: S608 - every name in these statements is one of our own tables, columns or kinds

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.ties import kept
from audit.ties.declared import Tie, declared

_LOG = {"audit_entry", "audit_transition"}
_ON_POSTGRESQL = """
SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), prosrc
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgenabled = 'A' AND NOT tgisinternal
"""
_ON_SQLITE = "SELECT name, sql, '' FROM sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True)
class _Guard:
    """One trigger: when it fires, and what it refuses then, each with the words it says."""

    name: str
    table: str
    when: str
    refusals: tuple[tuple[str, str], ...]

    def function(self) -> str:
        """Return the body that PostgreSQL calls; it continues whatever was asked."""
        checks = "".join(
            f"    IF {condition} THEN RAISE EXCEPTION '{words}'"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF;\n"
            for condition, words in self.refusals
        )
        row = "OLD" if self.when == "BEFORE DELETE" else "NEW"
        return f"\nBEGIN\n{checks}    RETURN {row};\nEND "

    def definition(self, vendor: str) -> str:
        """Return the statement that makes it, as the database itself would write it."""
        if vendor == "postgresql":
            each = "STATEMENT" if "TRUNCATE" in self.when else "ROW"
            return (
                f"CREATE TRIGGER {self.name} {self.when} ON {self.table}"
                f" FOR EACH {each} EXECUTE FUNCTION {self.name}()"
            )
        checks = " ".join(
            f"SELECT RAISE(ABORT, '{words}') WHERE {condition};"
            for condition, words in self.refusals
        )
        return f"CREATE TRIGGER {self.name} {self.when} ON {self.table} BEGIN {checks} END"

    def statements(self, vendor: str) -> tuple[str, ...]:
        """Return what puts it in place."""
        if vendor == "sqlite":
            return f"DROP TRIGGER IF EXISTS {self.name}", self.definition(vendor)
        return (
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $${self.function()}$$",
            self.definition(vendor),
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}",
        )


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every guard in place that is not there."""
    absent = set(missing(connection))
    with connection.cursor() as cursor:
        for guard in _guards(connection):
            if guard.name in absent:
                for statement in guard.statements(connection.vendor):
                    cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Name the guards that are not there, are switched off, or were exchanged for others."""
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_ON_POSTGRESQL if postgres else _ON_SQLITE)
        present = {name: (said, calls) for name, said, calls in cursor.fetchall()}
    return tuple(
        guard.name
        for guard in _guards(connection)
        if present.get(guard.name)
        != (guard.definition(connection.vendor), guard.function() if postgres else "")
    )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every guard out, for a moment in which tables are remade or a test is cleared up."""
    with connection.cursor() as cursor:
        for guard in _guards(connection):
            on = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{on}")


def before_migrate(*, using: str, plan: list[Any], **_: Any) -> None:
    """Step aside on SQLite, which renames no table that a trigger of another one names."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        remove(connection)


def after_migrate(*, using: str, **_: Any) -> None:
    """Put the guards back once a migration is through."""
    install(connections[using])


def _guards(connection: BaseDatabaseWrapper) -> tuple[_Guard, ...]:
    """List the guards of what is there: while migrating, some tables are not."""
    tables = set(connection.introspection.table_names())
    vendor = connection.vendor
    final = [one for one in kept.declared() if one.table in tables]
    keeping = [guard for one in final for guard in _of_kept(one, vendor)]
    ties = [tie for tie in declared() if tables >= _LOG | {tie.table}]
    if not ties:
        return tuple(keeping)
    own = [guard for tie in ties for guard in _of_rows(tie, vendor)]
    kinds = [_of_kind(tie, vendor) for tie in ties]
    return (_of_transitions(ties, vendor), *kinds, *own, *keeping)


def _of_kept(one: kept.Kept, vendor: str) -> tuple[_Guard, ...]:
    differ = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in one.fixed)
    gone = ((("true" if vendor == "postgresql" else "1"), one.words),)
    acts = [("UPDATE", ((f"({one.final}) OR {differ}", one.words),)), ("DELETE", gone)]
    acts += [("TRUNCATE", gone)] if vendor == "postgresql" else []
    return tuple(
        _Guard(f"{one.table}_kept_{act.lower()}", one.table, f"BEFORE {act}", refusals)
        for act, refusals in acts
    )


def _of_transitions(ties: list[Tie], vendor: str) -> _Guard:
    said = " AND ".join(
        f"{_said(member, vendor)} = NEW.{column}"
        for member, column in (("version", "version"), ("from", "source"), ("to", "destination"))
    )
    entry = (
        "NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.uid = NEW.entry_id"
        f" AND e.transition_id = NEW.uid AND e.subject = NEW.subject AND {said})"
    )
    start = (
        "NOT ((NEW.version = 0 AND NEW.source = '') OR (NEW.version > 0 AND EXISTS"
        " (SELECT 1 FROM audit_transition t WHERE t.subject = NEW.subject"
        " AND t.version = NEW.version - 1 AND t.destination = NEW.source)))"
    )
    kinds = " OR ".join(f"NEW.subject LIKE '{tie.kind}:%'" for tie in ties)
    return _Guard(
        "audit_transition_tied",
        "audit_transition",
        "BEFORE INSERT",
        (
            (f"NOT ({kinds})", "tied: nobody declared this kind of object"),
            (entry, "tied: the entry of this transition does not say the same"),
            (start, "tied: this transition does not start where the last one ended"),
        ),
    )


def _of_kind(tie: Tie, vendor: str) -> _Guard:
    row = (
        f"NEW.subject LIKE '{tie.kind}:%' AND NOT EXISTS (SELECT 1 FROM {tie.table} r"
        f" WHERE r.last_transition_id = NEW.uid AND r.version = NEW.version"
        f" AND {_state(tie, 'r')} = NEW.destination"
        f" AND {_subject(tie, 'r', vendor)} = NEW.subject)"
    )
    words = f"tied: the state of this {tie.kind} did not change with this transition"
    name = f"audit_transition_of_{tie.kind}"
    return _Guard(name, "audit_transition", "BEFORE INSERT", ((row, words),))


def _of_rows(tie: Tie, vendor: str) -> tuple[_Guard, ...]:
    gone = ((("true" if vendor == "postgresql" else "1"), f"tied: a {tie.kind} is not removed"),)
    guards = [
        _Guard(f"{tie.table}_tied_insert", tie.table, "AFTER INSERT", _begun(tie, vendor)),
        _Guard(f"{tie.table}_tied_update", tie.table, "BEFORE UPDATE", _changed(tie)),
        _Guard(f"{tie.table}_tied_delete", tie.table, "BEFORE DELETE", gone),
    ]
    if vendor == "postgresql":
        name = f"{tie.table}_tied_truncate"
        guards.append(_Guard(name, tie.table, "BEFORE TRUNCATE", gone))
    return tuple(guards)


def _begun(tie: Tie, vendor: str) -> tuple[tuple[str, str], ...]:
    """Let in what begins, and what comes back exactly as its last transition left it."""
    subject, state = _subject(tie, "NEW", vendor), _state(tie, "NEW")
    begins = (
        f"NEW.version = 0 AND {state} = '{tie.first}' AND NOT EXISTS (SELECT 1"
        f" FROM audit_transition t WHERE t.subject = {subject} OR t.uid = NEW.last_transition_id)"
    )
    returns = (
        "EXISTS (SELECT 1 FROM audit_transition t WHERE t.uid = NEW.last_transition_id"
        f" AND t.subject = {subject} AND t.version = NEW.version AND t.destination = {state}"
        " AND NOT EXISTS (SELECT 1 FROM audit_transition u"
        " WHERE u.subject = t.subject AND u.version > t.version))"
    )
    words = f"tied: a {tie.kind} begins as {tie.first}; any other state needs its transition"
    return ((f"NOT (({begins}) OR ({returns}))", words),)


def _changed(tie: Tie) -> tuple[tuple[str, str], ...]:
    """Let the state change by one version, towards a transition that is still to come."""
    columns = ("id", "version", "last_transition_id", *tie.columns)
    differ = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns)
    lawful = (
        "NEW.id = OLD.id AND NEW.version = OLD.version + 1"
        " AND EXISTS (SELECT 1 FROM audit_transition t WHERE t.uid = OLD.last_transition_id)"
        " AND NOT EXISTS (SELECT 1 FROM audit_transition t WHERE t.uid = NEW.last_transition_id)"
    )
    words = f"tied: the state of a {tie.kind} changes only together with its transition"
    return ((f"({differ}) AND NOT ({lawful})", words),)


def _said(member: str, vendor: str) -> str:
    """Read one member of the move that the entry tells of."""
    if vendor == "postgresql":
        text = f"(e.body::jsonb #>> '{{move,{member}}}')"
        return f"{text}::integer" if member == "version" else text
    return f"json_extract(e.body, '$.move.{member}')"


def _state(tie: Tie, row: str) -> str:
    joined = " || ' ' || ".join(f"{row}.{column}" for column in tie.columns)
    return f"trim({joined})" if len(tie.columns) > 1 else joined


def _subject(tie: Tie, row: str, vendor: str) -> str:
    if vendor == "postgresql":
        return f"'{tie.kind}:' || {row}.id::text"
    if not tie.by_uuid:
        return f"'{tie.kind}:' || {row}.id"
    pieces = ("1, 8", "9, 4", "13, 4", "17, 4", "21")
    dashed = " || '-' || ".join(f"substr({row}.id, {piece})" for piece in pieces)
    return f"'{tie.kind}:' || {dashed}"
