"""Keep what programs and chats ask, and let people hand proposals in and admins name chat accounts."""
import django.db.models.deletion
import uuid
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

ALLOWED = {
    ("proposals", "add_proposal"): ("reviewer", "operator", "admin"),
    **{
        ("selfimprove", f"{act}_chataccount"): ("admin",)
        for act in ("view", "add", "change", "delete")
    },
    **{
        ("selfimprove", f"view_{name}"): ("admin",)
        for name in ("chatreading", "chatarrival", "changecheck", "remembered")
    },
}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for room in ("proposals", "selfimprove"):
        config = apps.get_app_config(room)
        before = getattr(config, "models_module", None)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
        config.models_module = before
    for (room, codename), roles in ALLOWED.items():
        permission = Permission.objects.get(content_type__app_label=room, codename=codename)
        for role in roles:
            group, _ = Group.objects.get_or_create(name=role)
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('proposals', '0009_bedrock'),
        ('selfimprove', '0007_benchmarks'),
        ('targets', '0003_github_forge'),
        ('telemetry', '0015_tokens_of_persons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChatAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(help_text='As the answer to an unknown account names it, such as slack:T01.', max_length=80)),
                ('user', models.CharField(help_text='The id that the chat gives the account, not a name to show.', max_length=80)),
                ('note', models.CharField(blank=True, help_text='For people; never read.', max_length=100)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chat_accounts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['place', 'user'],
            },
        ),
        migrations.CreateModel(
            name='ChatArrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.CharField(max_length=100, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('place', models.CharField(max_length=80)),
                ('answer', models.TextField()),
                ('at', models.DateTimeField(db_index=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='arrivals', to='selfimprove.chataccount')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ChatReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('part', models.PositiveSmallIntegerField()),
                ('parts', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='selfimprove.chataccount')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='proposals.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='Remembered',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('answer', models.JSONField(null=True)),
                ('place', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField(db_index=True)),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='telemetry.token')),
            ],
            options={
                'verbose_name_plural': 'remembered answers',
            },
        ),
        migrations.CreateModel(
            name='ChangeCheck',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('writer', models.CharField(max_length=150)),
                ('base', models.CharField(blank=True, max_length=200)),
                ('diff', models.TextField(blank=True)),
                ('diff_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('stopped', 'Stopped')], default='waiting', max_length=10)),
                ('claim', models.UUIDField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('asked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('beat_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('gate', models.CharField(blank=True, max_length=40)),
                ('gate_at', models.DateTimeField(null=True)),
                ('answered', models.PositiveSmallIntegerField(default=0)),
                ('lines', models.TextField(blank=True)),
                ('stopped_by', models.CharField(blank=True, max_length=150)),
                ('report', models.JSONField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='targets.target')),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='telemetry.token')),
            ],
            options={
                'ordering': ['-asked_at'],
                'indexes': [models.Index(fields=['state', 'asked_at'], name='change_check_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'done', 'stopped'])), name='change_check_state_known'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running']), models.Q(('diff', ''), ('ended_at__isnull', False)), _connector='OR'), name='change_check_ended_has_time')],
            },
        ),
        migrations.AddConstraint(
            model_name='chataccount',
            constraint=models.UniqueConstraint(fields=('place', 'user'), name='chat_account_unique'),
        ),
        migrations.AddConstraint(
            model_name='chatreading',
            constraint=models.UniqueConstraint(fields=('account', 'proposal'), name='chat_reading_unique'),
        ),
        migrations.AddConstraint(
            model_name='remembered',
            constraint=models.UniqueConstraint(fields=('token', 'key'), name='remembered_once'),
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
