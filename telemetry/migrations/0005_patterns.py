"""Give patterns a state, decisions, a place for the diagnosis and a past that can be undone."""
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('targets', '0001_initial'),
        ('telemetry', '0004_doors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DiagnosisRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('component', models.CharField(blank=True, max_length=200)),
                ('error_code', models.CharField(blank=True, max_length=200)),
                ('words', models.JSONField(default=list)),
                ('diagnosis', models.CharField(choices=[('timeout', 'Timeout'), ('rate_limited', 'Rate limited'), ('auth', 'Not signed in'), ('not_found', 'Not found'), ('bad_input', 'Bad input'), ('dependency_down', 'Dependency down'), ('resource', 'Out of a resource'), ('crash', 'Crash'), ('logic', 'Wrong logic'), ('policy_denied', 'Denied by policy'), ('unknown', 'Unknown')], max_length=20)),
                ('taught_by', models.CharField(max_length=150)),
                ('at', models.DateTimeField()),
                ('is_active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='PatternMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('move', models.CharField(choices=[('merge', 'Merge'), ('split', 'Move out'), ('mute', 'Mute'), ('known', 'Mark as known'), ('reopen', 'Look at it again'), ('assign', 'Assign'), ('diagnose', 'Correct the diagnosis')], max_length=10)),
                ('actor_type', models.CharField(max_length=10)),
                ('actor', models.CharField(max_length=150)),
                ('reason', models.TextField(blank=True)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.CharField(blank=True, max_length=150)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AlterModelOptions(
            name='pattern',
            options={'ordering': ['-last_seen'], 'permissions': [('sort_pattern', 'Can merge, part, mute, assign and diagnose patterns')]},
        ),
        migrations.AddField(
            model_name='pattern',
            name='assignee',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='pattern',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='decided_by',
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name='pattern',
            name='decision',
            field=models.CharField(blank=True, choices=[('muted', 'Muted'), ('known', 'Known')], max_length=10),
        ),
        migrations.AddField(
            model_name='pattern',
            name='diagnosed_by',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='pattern',
            name='ends_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='ends_at_count',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='ends_on_burst',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='pattern',
            name='explanation',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='pattern',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='absorbed', to='telemetry.pattern'),
        ),
        migrations.AddField(
            model_name='pattern',
            name='note',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='recurred_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='remedied_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='remedied_from',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='remedy',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='pattern',
            name='returned_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pattern',
            name='returned_why',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='pattern',
            name='state',
            field=models.CharField(choices=[('new', 'New'), ('ongoing', 'Ongoing'), ('escalating', 'Escalating'), ('recurred', 'Recurred'), ('muted', 'Muted'), ('known', 'Known'), ('quiet', 'Quiet')], default='new', max_length=10),
        ),
        migrations.AddField(
            model_name='pattern',
            name='version',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='patternalias',
            name='count',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='patternalias',
            name='first_seen',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='patternalias',
            name='last_seen',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='patternalias',
            name='normaliser',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='patternalias',
            name='placed_by',
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name='patternalias',
            name='template',
            field=models.TextField(blank=True),
        ),
        migrations.AddIndex(
            model_name='pattern',
            index=models.Index(fields=['-last_seen', '-id'], name='pattern_by_key'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'ongoing', 'escalating', 'recurred', 'muted', 'known', 'quiet'])), name='pattern_state_known'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision', 'muted'), _negated=True), ('ends_at__isnull', False), ('ends_at_count__isnull', False), ('ends_on_burst', True), _connector='OR'), name='pattern_muted_has_an_end'),
        ),
        migrations.AddField(
            model_name='diagnosisrule',
            name='pattern',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lessons_taught', to='telemetry.pattern'),
        ),
        migrations.AddField(
            model_name='diagnosisrule',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='targets.target'),
        ),
        migrations.AddField(
            model_name='patternmove',
            name='pattern',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='telemetry.pattern'),
        ),
        migrations.AddIndex(
            model_name='diagnosisrule',
            index=models.Index(fields=['target', 'component', 'error_code'], name='telemetry_d_target__0ef192_idx'),
        ),
    ]
