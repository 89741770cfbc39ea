from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0009_verification"),
    ]

    operations = [
        migrations.DeleteModel(name="Node"),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("number", models.BigIntegerField()),
                ("node_hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("level", "number"), name="node_kept_once")
                ],
            },
        ),
    ]
