"""Keep who wants a change changed, how that ended, and which version follows which."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proposals', '0015_threads_roles'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='thread',
            name='root',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='proposals.thread'),
        ),
        migrations.CreateModel(
            name='ChangeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('reason', models.TextField()),
                ('threads', models.JSONField(default=list)),
                ('document_digest', models.CharField(max_length=64)),
                ('diff_digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField(unique=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='change_requests', to='proposals.proposal')),
            ],
            options={
                'ordering': ['proposal', 'number'],
            },
        ),
        migrations.CreateModel(
            name='FailedRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField(unique=True)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='failures', to='proposals.changerequest')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='RequestEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(choices=[('WITHDRAWN', 'Withdrawn'), ('REVISED', 'Revised'), ('OVERTAKEN', 'Overtaken')], max_length=10)),
                ('who', models.CharField(max_length=150)),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('entry_uid', models.UUIDField(unique=True)),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='end', to='proposals.changerequest')),
            ],
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('previous', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='revised_by', to='proposals.proposal')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='revision', to='proposals.proposal')),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='revision', to='proposals.changerequest')),
            ],
        ),
        migrations.AddConstraint(
            model_name='changerequest',
            constraint=models.UniqueConstraint(fields=('proposal', 'number'), name='change_request_number_once'),
        ),
        migrations.AddConstraint(
            model_name='changerequest',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='change_request_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='failedrevision',
            constraint=models.UniqueConstraint(fields=('request', 'source'), name='failed_revision_once'),
        ),
        migrations.AddConstraint(
            model_name='requestend',
            constraint=models.CheckConstraint(condition=models.Q(('how__in', ['WITHDRAWN', 'REVISED', 'OVERTAKEN'])), name='request_end_known'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 2)), name='revision_follows_a_first_version'),
        ),
    ]
