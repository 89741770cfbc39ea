"""Let an event say where its error was raised, and what its emitter calls it."""

from django.db import migrations, models

NAMES = ("given_fingerprint", "frames")


def _columns():
    """Add columns with a default that the database knows: no row is written anew."""
    for name, kind in zip(NAMES, ("varchar(200)", "text"), strict=True):
        yield migrations.RunSQL(
            f"ALTER TABLE telemetry_event ADD COLUMN {name} {kind} NOT NULL DEFAULT ''",
            f"ALTER TABLE telemetry_event DROP COLUMN {name}",
        )


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0011_redactions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=list(_columns()),
            state_operations=[
                migrations.AddField(
                    "event",
                    "given_fingerprint",
                    models.CharField(blank=True, max_length=200, default=""),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "event", "frames", models.TextField(blank=True, default=""), preserve_default=False
                ),
            ],
        )
    ]
