"""Let each webhook have a secret to sign with, and the one before it for a while."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_roles'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='channel',
            name='channel_removed_keeps_no_address',
        ),
        migrations.AddField(
            model_name='channel',
            name='signing',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='channel',
            name='signing_before',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='channel',
            name='signing_before_until',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.CheckConstraint(condition=models.Q(('removed_at', None), models.Q(('enabled', False), ('sealed', ''), ('signing', '')), _connector='OR'), name='channel_removed_keeps_no_address'),
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.CheckConstraint(condition=models.Q(('place', 'webhook'), ('signing', ''), _connector='OR'), name='channel_webhook_signs'),
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signing_before', ''), ('signing_before_until', None)), models.Q(models.Q(('signing', ''), _negated=True), models.Q(('signing_before', ''), _negated=True), ('signing_before_until__isnull', False)), _connector='OR'), name='channel_old_secret_ends'),
        ),
    ]
