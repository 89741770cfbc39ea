import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0006_tied_states"),
        ("proposals", "0003_hold_cited_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
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
