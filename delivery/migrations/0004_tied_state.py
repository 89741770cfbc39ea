import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0006_tied_states"),
        ("delivery", "0003_watch_kept_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="delivery",
            name="last_transition",
            field=models.OneToOneField(
                default=uuid.uuid4,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audit.transition",
            ),
            preserve_default=False,
        ),
    ]
