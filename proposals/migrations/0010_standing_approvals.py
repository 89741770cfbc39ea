import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0013_standing_approvals'),
        ('proposals', '0009_bedrock'),
        ('targets', '0003_github_forge'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Held',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('entry_uid', models.UUIDField(unique=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='held', to='proposals.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=40)),
                ('generation', models.PositiveIntegerField()),
                ('diff_digest', models.CharField(max_length=64)),
                ('base_commit', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField(unique=True)),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='judgement', to='proposals.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='StandingApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('GRANTED', 'Awaits a second person'), ('IN_FORCE', 'In force'), ('SUSPENDED', 'Suspended'), ('REVOKED', 'Revoked')], default='GRANTED', max_length=10)),
                ('version', models.PositiveIntegerField(default=0)),
                ('reason', models.TextField()),
                ('risk', models.CharField(max_length=10)),
                ('most_files', models.PositiveIntegerField()),
                ('most_lines', models.PositiveIntegerField()),
                ('most_per_day', models.PositiveIntegerField()),
                ('paths', models.JSONField()),
                ('engines', models.JSONField()),
                ('proven', models.BooleanField(default=True)),
                ('granted_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('because', models.TextField(blank=True)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('last_transition', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.transition')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standing_approvals', to='targets.target')),
            ],
            options={
                'ordering': ['-pk'],
                'permissions': [('grant_standing', 'Can grant, confirm and revoke standing approvals')],
            },
        ),
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confirmation', models.UUIDField()),
                ('risk', models.CharField(max_length=10)),
                ('document_digest', models.CharField(max_length=64)),
                ('diff_digest', models.CharField(max_length=64)),
                ('base_commit', models.CharField(max_length=64)),
                ('policy_digest', models.CharField(max_length=64)),
                ('report_digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField(unique=True)),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='passage', to='proposals.proposal')),
                ('standing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='proposals.standingapproval')),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document_digest', models.CharField(max_length=64)),
                ('diff_digest', models.CharField(max_length=64)),
                ('base_commit', models.CharField(max_length=64)),
                ('policy_digest', models.CharField(max_length=64)),
                ('report_digest', models.CharField(max_length=64)),
                ('confirmation', models.UUIDField()),
                ('announced_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('waits', models.TextField(blank=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('because', models.TextField(blank=True)),
                ('entry_uid', models.UUIDField(unique=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='announcements', to='proposals.proposal')),
                ('standing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='announcements', to='proposals.standingapproval')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddIndex(
            model_name='standingapproval',
            index=models.Index(fields=['target', 'status'], name='proposals_s_target__6ec391_idx'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['GRANTED', 'IN_FORCE', 'SUSPENDED', 'REVOKED'])), name='standing_status_known'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), ('risk__in', ['low', 'medium'])), name='standing_has_reason_and_risk'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('granted_at'))), name='standing_has_an_end'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(('most_files__gte', 1), ('most_lines__gte', 1), ('most_per_day__gte', 1)), name='standing_has_bounds'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'IN_FORCE'), _negated=True), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='standing_in_force_is_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('granted_by')), _negated=True), _connector='OR'), name='standing_takes_two_people'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(fields=['standing', '-at'], name='proposals_p_standin_cc2f38_idx'),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('proposal',), name='announcement_one_open_of_a_proposal'),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('announced_at'))), name='announcement_leaves_time'),
        ),
    ]
