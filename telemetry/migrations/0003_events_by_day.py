"""Keep each day of events apart on PostgreSQL; elsewhere the table stays one."""

import django.db.models.deletion
from django.db import migrations, models

TABLE, WHOLE, OTHER = "telemetry_event", "telemetry_event_whole", "telemetry_event_other"
REPLACED = "event_unique_uid"  # becomes event_once
# Not made again: all others begin with the target too, and days with BRIN find moments.
UNUSED = ("% (target_id)", '% (target_id, "timestamp")')


class _Elsewhere:
    """Act on the state everywhere, on the database where it is not PostgreSQL."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveConstraintElsewhere(_Elsewhere, migrations.RemoveConstraint):
    pass


class AddConstraintElsewhere(_Elsewhere, migrations.AddConstraint):
    pass


class AlterFieldElsewhere(_Elsewhere, migrations.AlterField):
    pass


def split_by_day(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        indexes, constraints = _described(cursor)
        _set_aside(cursor, indexes, constraints)
        _make_partitioned(cursor)
        _make_days(cursor)
        cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM {WHOLE}")
        cursor.execute(
            f"SELECT setval('{TABLE}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM {TABLE}), false)"
        )
        cursor.execute(f"DROP TABLE {WHOLE}")
        for statement in indexes.values():
            cursor.execute(statement)
        for name, definition in constraints.items():
            cursor.execute(f'ALTER TABLE {TABLE} ADD CONSTRAINT "{name}" {definition}')


def _described(cursor):
    """Return how to make again what the table has, whoever gave it."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)"
        " AND indexdef NOT LIKE %s AND indexdef NOT LIKE %s",
        [TABLE, TABLE, *UNUSED],
    )
    indexes = dict(cursor.fetchall())
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f'",
        [TABLE],
    )
    return indexes, dict(cursor.fetchall())


def _set_aside(cursor, indexes, constraints):
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name in constraints:
        cursor.execute(f'ALTER TABLE {TABLE} DROP CONSTRAINT "{name}"')
    for name in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    cursor.execute(f'ALTER TABLE {TABLE} DROP CONSTRAINT "{REPLACED}"')
    cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey")
    cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN id DROP IDENTITY")
    cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {WHOLE}")


def _make_partitioned(cursor):
    cursor.execute(f"CREATE SEQUENCE {TABLE}_id_seq AS bigint")
    cursor.execute(
        f"CREATE TABLE {TABLE} (LIKE {WHOLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        " PARTITION BY RANGE (timestamp)"
    )
    cursor.execute(
        f"ALTER TABLE {TABLE} ALTER COLUMN id SET DEFAULT nextval('{TABLE}_id_seq')"
    )
    cursor.execute(f"ALTER SEQUENCE {TABLE}_id_seq OWNED BY {TABLE}.id")
    cursor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id, timestamp)")
    cursor.execute(
        f"ALTER TABLE {TABLE} ADD CONSTRAINT event_once UNIQUE (uid, target_id, timestamp)"
    )
    cursor.execute(f"CREATE INDEX {TABLE}_by_time ON {TABLE} USING brin (timestamp)")
    cursor.execute(f"CREATE TABLE {OTHER} PARTITION OF {TABLE} DEFAULT")


def _make_days(cursor):
    cursor.execute(f"SELECT DISTINCT (timestamp AT TIME ZONE 'UTC')::date FROM {WHOLE}")
    for (day,) in cursor.fetchall():
        cursor.execute(
            f"CREATE TABLE {TABLE}_{day:%Y%m%d} PARTITION OF {TABLE} FOR VALUES"
            f" FROM ('{day} 00:00:00+00') TO ('{day}'::timestamp AT TIME ZONE 'UTC' + '1 day')"
        )


class Migration(migrations.Migration):

    dependencies = [("telemetry", "0002_counts_kept_beside_events")]

    operations = [
        RemoveConstraintElsewhere(model_name="event", name=REPLACED),
        AlterFieldElsewhere(
            model_name="event",
            name="target",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="targets.target",
            ),
        ),
        AddConstraintElsewhere(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("uid", "target", "timestamp"), name="event_once"
            ),
        ),
        migrations.RunPython(split_by_day, migrations.RunPython.noop),
    ]
