"""Hold two evaluations of one target apart."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0011_review_full'),
        ('targets', '0003_github_forge'),
    ]

    operations = [
        migrations.CreateModel(
            name='Held',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=20)),
                ('owner', models.UUIDField(unique=True)),
                ('beat_at', models.DateTimeField()),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='targets.target')),
            ],
            options={
                'verbose_name_plural': 'held',
                'constraints': [models.UniqueConstraint(fields=('target', 'what'), name='held_by_one')],
            },
        ),
    ]
