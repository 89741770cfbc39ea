"""Keep what woke an evaluation, and with which token an agent asked for it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0005_bedrock'),
        ('telemetry', '0015_tokens_of_persons'),
    ]

    operations = [
        migrations.AddField(
            model_name='evaluation',
            name='cause',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='evaluation',
            name='token',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='telemetry.token'),
        ),
    ]
