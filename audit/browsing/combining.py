"""Which combinations of who, what and where occur in the log at all?

One index holds them side by side. From one that is there the next is found in a single step,
however many entries lie between, so that all of them are read in as many steps as there are.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

WHO = ("actor_type", "actor", "event", "target")
WHAT = ("subject", "event", "actor")
MOST = 3_000

Combination = tuple[str, ...]


def combinations(
    columns: Mapping[str, Sequence[str]], names: Sequence[str] = WHO
) -> list[Combination] | None:
    """Return those of an index that fit; nothing when they are too many to ask each."""
    found: list[Combination] = [()]
    for place, name in enumerate(names):
        if name in columns:
            found = [(*one, value) for one in found for value in columns[name]]
        else:
            found = _longer(found, names[: place + 1])
        if len(found) > MOST:
            return None
    return found


def _longer(found: Sequence[Combination], names: Sequence[str]) -> list[Combination]:
    """Add to each the values that the last of these columns has."""
    if not found:
        return []
    if connection.vendor == "postgresql":
        return _longer_at_once(found, names)
    longer: list[Combination] = []
    for one in found:
        longer += [(*one, value) for value in _values(one, names)]
        if len(longer) > MOST:
            break
    return longer


def _values(one: Combination, names: Sequence[str]) -> Iterator[str]:
    *before, name = names
    fixed = "".join(f"{column} = %s AND " for column in before)
    statement = (
        f"SELECT {name} FROM audit_entry WHERE {fixed}{name} > %s"  # noqa: S608 - ours
        f" ORDER BY {', '.join(names)} LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.replace(f"{name} > %s", f"{name} >= %s"), [*one, ""])
        while row := cursor.fetchone():
            yield row[0]
            cursor.execute(statement, [*one, row[0]])


def _longer_at_once(found: Sequence[Combination], names: Sequence[str]) -> list[Combination]:
    """Step through all of them in one question."""
    *fixed, name = names
    same = "".join(f"{column} = one.{column} AND " for column in fixed)
    steps = (
        f"WITH RECURSIVE step AS ((SELECT {name} AS value FROM audit_entry WHERE {same}true"  # noqa: S608 - ours
        f" ORDER BY {name} LIMIT 1) UNION ALL SELECT (SELECT {name} FROM audit_entry"
        f" WHERE {same}{name} > step.value ORDER BY {name} LIMIT 1) FROM step"
        " WHERE step.value IS NOT NULL) SELECT value FROM step WHERE value IS NOT NULL"
    )
    arrays = [list(column) for column in zip(*found, strict=True)]
    with connection.cursor() as cursor:
        if not fixed:
            cursor.execute(f"{steps} LIMIT {MOST + 1}")
        else:
            given = ", ".join(["%s::text[]"] * len(fixed))
            cursor.execute(
                f"SELECT one.*, longer.value FROM unnest({given}) AS one({', '.join(fixed)})"  # noqa: S608
                f" CROSS JOIN LATERAL ({steps}) AS longer LIMIT {MOST + 1}",
                arrays,
            )
        return [tuple(row) for row in cursor.fetchall()]
