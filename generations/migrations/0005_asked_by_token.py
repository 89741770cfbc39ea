"""Know by which token a program asked for a generation, or for several."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0004_review_full'),
        ('telemetry', '0015_tokens_of_persons'),
    ]

    operations = [
        migrations.AddField(
            model_name='generation',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='telemetry.token'),
        ),
        migrations.AddField(
            model_name='loop',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='telemetry.token'),
        ),
    ]
