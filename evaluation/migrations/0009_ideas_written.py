"""Remember when the change of an idea was first asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0008_regressions'),
    ]

    operations = [
        migrations.AddField(
            model_name='idea',
            name='begun_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
