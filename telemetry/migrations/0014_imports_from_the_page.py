"""Keep what people bring in from files: what was wished, how far it is, and what came of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('targets', '0002_target_allowlists'),
        ('telemetry', '0013_turns'),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_by', models.CharField(max_length=150)),
                ('asked_at', models.DateTimeField()),
                ('folder', models.CharField(blank=True, max_length=40)),
                ('files', models.JSONField(default=list)),
                ('size', models.BigIntegerField(default=0)),
                ('format', models.CharField(max_length=20)),
                ('to_now', models.BooleanField(default=False)),
                ('skip_bad', models.BooleanField(default=False)),
                ('dry_run', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('WAITING', 'Waiting'), ('RUNNING', 'Running'), ('DONE', 'Done'), ('REFUSED', 'Nothing imported'), ('STOPPED', 'Given up'), ('FAILED', 'Failed')], default='WAITING', max_length=10)),
                ('stopping_by', models.CharField(blank=True, max_length=150)),
                ('turn', models.PositiveIntegerField(default=0)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('begun_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('storing', models.BooleanField(default=False)),
                ('taken', models.BigIntegerField(default=0)),
                ('records', models.BigIntegerField(default=0)),
                ('reached', models.BigIntegerField(default=0)),
                ('stored', models.BigIntegerField(default=0)),
                ('duplicates', models.BigIntegerField(default=0)),
                ('too_old', models.BigIntegerField(default=0)),
                ('found_format', models.CharField(blank=True, max_length=100)),
                ('lines', models.BigIntegerField(default=0)),
                ('events', models.BigIntegerField(default=0)),
                ('bad', models.BigIntegerField(default=0)),
                ('empty', models.BigIntegerField(default=0)),
                ('kinds', models.JSONField(default=dict)),
                ('problems', models.JSONField(default=list)),
                ('oldest', models.DateTimeField(blank=True, null=True)),
                ('newest', models.DateTimeField(blank=True, null=True)),
                ('shifted_seconds', models.BigIntegerField(default=0)),
                ('last_pattern', models.BigIntegerField(default=0)),
                ('new_patterns', models.PositiveIntegerField(default=0)),
                ('detail', models.TextField(blank=True)),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='targets.target')),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('WAITING', 'RUNNING'))), fields=('target',), name='import_one_at_a_time'), models.CheckConstraint(condition=models.Q(('state__in', ['WAITING', 'RUNNING', 'DONE', 'REFUSED', 'STOPPED', 'FAILED'])), name='import_state_known')],
            },
        ),
    ]
