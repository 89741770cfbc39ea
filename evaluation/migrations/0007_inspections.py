"""Keep passes and scans with what they found, ideas, and what woke an evaluation."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0006_causes'),
        ('proposals', '0008_handed_in'),
        ('targets', '0002_target_allowlists'),
        ('telemetry', '0015_tokens_of_persons'),
    ]

    operations = [
        migrations.CreateModel(
            name='Idea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=300)),
                ('kind', models.CharField(choices=[('new_tool', 'New tool'), ('tool_improvement', 'Tool improvement'), ('skill_update', 'Skill update'), ('config_change', 'Configuration change'), ('prompt_update', 'Prompt update')], max_length=20)),
                ('priority', models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], max_length=10)),
                ('title', models.CharField(max_length=200)),
                ('detail', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('OPEN', 'Awaiting a person'), ('ACCEPTED', 'Taken up'), ('DISMISSED', 'Turned down')], default='OPEN', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=150)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ideas', to='targets.target')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort', models.CharField(choices=[('maintenance', 'Maintenance pass'), ('scan', 'Weekly scan')], max_length=20)),
                ('trigger', models.CharField(max_length=40)),
                ('engine', models.CharField(choices=[('embedded', 'Rule engine — no language model was called'), ('anthropic', 'Language model'), ('bedrock', 'Language model at Bedrock'), ('scripted', 'Simulated'), ('person', 'Written by a person')], default='embedded', max_length=20)),
                ('at', models.DateTimeField()),
                ('since', models.DateTimeField(null=True)),
                ('sessions', models.PositiveIntegerField(default=0)),
                ('calls', models.BigIntegerField(default=0)),
                ('successes', models.BigIntegerField(default=0)),
                ('left_out', models.PositiveIntegerField(default=0)),
                ('not_told', models.JSONField(default=list)),
                ('error', models.TextField(blank=True)),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inspections', to='targets.target')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=20)),
                ('title', models.CharField(max_length=200)),
                ('detail', models.TextField(blank=True)),
                ('priority', models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], max_length=10)),
                ('count', models.PositiveIntegerField(default=0)),
                ('sessions', models.PositiveIntegerField(default=0)),
                ('fate', models.CharField(choices=[('raised', 'Idea raised'), ('proposed', 'Proposed'), ('answered', 'Answered before'), ('listed', 'Listed only'), ('unusable', 'Answer not usable')], max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('pattern', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='telemetry.pattern')),
                ('proposal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='proposals.proposal')),
                ('idea', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='evaluation.idea')),
                ('inspection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='evaluation.inspection')),
            ],
            options={
                'ordering': ['inspection', 'rank'],
            },
        ),
        migrations.CreateModel(
            name='Waking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trigger', models.CharField(choices=[('error_spike', 'Error spike'), ('critical_pattern', 'Critical pattern'), ('escalation_burst', 'Escalation burst')], max_length=40)),
                ('words', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('evaluation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='wakings', to='evaluation.evaluation')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wakings', to='targets.target')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='idea',
            constraint=models.UniqueConstraint(fields=('target', 'key'), name='idea_once'),
        ),
        migrations.AddConstraint(
            model_name='idea',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['OPEN', 'ACCEPTED', 'DISMISSED'])), name='idea_status_known'),
        ),
        migrations.AddConstraint(
            model_name='idea',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'OPEN'), models.Q(('decided_by', ''), _negated=True), _connector='OR'), name='idea_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='idea',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'DISMISSED'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='idea_no_has_reason'),
        ),
        migrations.AddIndex(
            model_name='inspection',
            index=models.Index(fields=['target', 'sort', '-id'], name='inspection_latest'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('inspection', 'rank'), name='finding_rank_once'),
        ),
        migrations.AddIndex(
            model_name='waking',
            index=models.Index(fields=['target', 'trigger', '-at'], name='waking_last'),
        ),
    ]
