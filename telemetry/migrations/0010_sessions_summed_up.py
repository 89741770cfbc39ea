"""Keep a sum of each session beside the events, and sum up those that are there.

All in one transaction: interrupted, it leaves nothing behind and may be run again.
"""

import django.db.models.deletion
from django.db import migrations, models

CHUNK = 100_000  # events: bounds what the database holds at once for one statement
_TOTALS = """
INSERT INTO telemetry_session_total
 (target_id, session_id, events, failures, corrections, first_seen, last_seen)
SELECT target_id, session_id, count(*),
 sum(CASE WHEN fingerprint <> '' THEN 1 ELSE 0 END),
 sum(CASE WHEN event_type = 'user_correction' THEN 1 ELSE 0 END),
 min(timestamp), max(timestamp)
FROM telemetry_event WHERE {span} GROUP BY target_id, session_id
"""
_AGENTS = """
INSERT INTO telemetry_session_agent (target_id, session_id, agent)
SELECT DISTINCT target_id, session_id, agent
FROM telemetry_event WHERE {span} AND agent <> ''
"""
_BOUND = """
SELECT session_id FROM telemetry_event WHERE {span} ORDER BY session_id LIMIT 1 OFFSET %s
"""


def sum_up(apps, schema_editor):
    """Sum up each target's sessions, a range of their names at a time."""
    with schema_editor.connection.cursor() as cursor:
        for target in apps.get_model("targets", "Target").objects.values_list("pk", flat=True):
            span, given = "target_id = %s", [target]
            while True:
                cursor.execute(_BOUND.format(span=span), [*given, CHUNK])
                bound = cursor.fetchone()
                chunk = f"{span} AND session_id <= %s" if bound else span
                for statement in (_TOTALS, _AGENTS):
                    cursor.execute(statement.format(span=chunk), [*given, *(bound or ())])
                if bound is None:
                    break
                span, given = "target_id = %s AND session_id > %s", [target, *bound]


class Migration(migrations.Migration):

    dependencies = [
        ("targets", "0002_target_allowlists"),
        ("telemetry", "0009_event_by_session"),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionTotal",
            fields=[
                ("target", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="targets.target")),
                ("session_id", models.CharField(max_length=200)),
                ("events", models.BigIntegerField()),
                ("failures", models.BigIntegerField()),
                ("corrections", models.BigIntegerField()),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("pk", models.CompositePrimaryKey("target", "session_id", blank=True, editable=False, primary_key=True, serialize=False)),
            ],
            options={"db_table": "telemetry_session_total"},
        ),
        migrations.CreateModel(
            name="SessionAgent",
            fields=[
                ("target", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="targets.target")),
                ("session_id", models.CharField(max_length=200)),
                ("agent", models.CharField(max_length=200)),
                ("pk", models.CompositePrimaryKey("target", "session_id", "agent", blank=True, editable=False, primary_key=True, serialize=False)),
            ],
            options={"db_table": "telemetry_session_agent"},
        ),
        migrations.RemoveIndex(model_name="event", name="event_by_session"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["target", "session_id", "timestamp"], name="event_in_session"),
        ),
        migrations.AddIndex(
            model_name="sessionagent",
            index=models.Index(fields=["agent", "target"], name="session_by_agent"),
        ),
        migrations.AddIndex(
            model_name="sessiontotal",
            index=models.Index(fields=["last_seen", "first_seen", "target"], name="session_latest"),
        ),
        migrations.AddIndex(
            model_name="sessiontotal",
            index=models.Index(condition=models.Q(("failures__gt", 0)), fields=["last_seen", "first_seen", "target"], name="session_latest_failed"),
        ),
        # Last: PostgreSQL alters no table whose rows just changed.
        migrations.RunPython(sum_up, migrations.RunPython.noop),
    ]
