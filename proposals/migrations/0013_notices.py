"""Keep what was told of proposals that wait."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proposals', '0012_programs'),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('reminder', 'reminder'), ('escalation', 'escalation'), ('expiry', 'expiry')], max_length=20)),
                ('told', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField(unique=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='proposals.proposal')),
            ],
            options={
                'ordering': ['at'],
                'constraints': [models.UniqueConstraint(fields=('proposal', 'version', 'kind'), name='notice_told_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['reminder', 'escalation', 'expiry'])), name='notice_kind_known')],
            },
        ),
    ]
