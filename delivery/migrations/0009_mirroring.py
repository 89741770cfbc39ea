"""Keep which conversations are held in two places, and how far they are in step."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0008_deployments_elsewhere'),
        ('proposals', '0015_threads_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mirror',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('looked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('heard', models.CharField(blank=True, max_length=64)),
                ('quiet', models.PositiveSmallIntegerField(default=0)),
                ('trouble', models.TextField(blank=True)),
                ('delivery', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mirror', to='delivery.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='Echo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('words_uid', models.UUIDField()),
                ('edited', models.CharField(blank=True, max_length=40)),
                ('missed_at', models.DateTimeField(null=True)),
                ('gone_at', models.DateTimeField(null=True)),
                ('comment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='echo', to='proposals.comment')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='echoes', to='delivery.delivery')),
            ],
            options={
                'verbose_name_plural': 'echoes',
                'constraints': [models.UniqueConstraint(fields=('delivery', 'name'), name='echo_name_once')],
            },
        ),
        migrations.CreateModel(
            name='Strand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('root', models.CharField(max_length=60)),
                ('resolved', models.BooleanField(default=False)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='strands', to='delivery.delivery')),
                ('thread', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='strand', to='proposals.thread')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('delivery', 'root'), name='strand_root_once')],
            },
        ),
    ]
