"""Remember when people spoke to agents."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("targets", "0002_target_allowlists"),
        ("telemetry", "0012_where_it_was_raised"),
    ]

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.CharField(max_length=64)),
                ("session_id", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("judged", models.BooleanField(default=False)),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="targets.target",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["target", "session_id"], name="turn_by_session"),
                    models.Index(fields=["target", "received_at"], name="turn_by_arrival"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("target", "uid"), name="turn_once")
                ],
            },
        ),
    ]
