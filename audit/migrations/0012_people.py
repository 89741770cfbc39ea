"""Make the directory of the people behind the log's pseudonyms."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the table."""

    dependencies = [("audit", "0011_last_anchor")]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pseudonym", models.CharField(max_length=18, unique=True)),
                ("account", models.BigIntegerField(null=True, unique=True)),
                ("naming", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.entry")),
            ],
            options={"verbose_name_plural": "people"},
        ),
    ]
