"""Let a terminal keep its generation from the workers beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0005_asked_by_token'),
    ]

    operations = [
        migrations.AddField(
            model_name='generation',
            name='kept_by',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='generation',
            name='kept_until',
            field=models.DateTimeField(null=True),
        ),
    ]
