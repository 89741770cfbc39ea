"""Keep what people say about a change, and where."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proposals', '0013_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(blank=True, max_length=500)),
                ('side', models.CharField(blank=True, choices=[('L', 'before'), ('R', 'after')], max_length=1)),
                ('line', models.PositiveIntegerField(default=0)),
                ('diff_digest', models.CharField(blank=True, max_length=64)),
                ('quoted', models.CharField(blank=True, max_length=300)),
                ('opened_at', models.DateTimeField()),
                ('resolved_uid', models.UUIDField(null=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='proposals.proposal')),
            ],
            options={
                'ordering': ['id'],
                'permissions': [('comment_proposal', 'Can comment on proposals and resolve threads')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('origin', models.CharField(blank=True, max_length=20)),
                ('verdict', models.CharField(blank=True, max_length=30)),
                ('said_uid', models.UUIDField(unique=True)),
                ('words_uid', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('edited_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('thread', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='proposals.thread')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.UniqueConstraint(condition=models.Q(('path', '')), fields=('proposal',), name='thread_one_on_the_whole'),
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('line', 0), ('path', ''), ('side', '')), models.Q(models.Q(('path', ''), _negated=True), ('line__gt', 0), ('side__in', ['L', 'R'])), _connector='OR'), name='thread_on_a_line_or_on_the_whole'),
        ),
    ]
