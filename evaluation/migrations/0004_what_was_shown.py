"""Keep what a model was shown, and which evidence speaks to a model."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0003_set_aside'),
        ('telemetry', '0014_imports_from_the_page'),
    ]

    operations = [
        migrations.AddField(
            model_name='evaluation',
            name='cached_tokens',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='evaluation',
            name='failed_attempts',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.CreateModel(
            name='Asked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prompt', models.CharField(max_length=100)),
                ('prompt_digest', models.CharField(max_length=64)),
                ('characters', models.PositiveIntegerField()),
                ('tokens_estimated', models.PositiveIntegerField()),
                ('clusters', models.PositiveIntegerField()),
                ('patterns', models.PositiveIntegerField()),
                ('exemplars', models.PositiveIntegerField()),
                ('files', models.PositiveIntegerField()),
                ('parameters', models.PositiveIntegerField()),
                ('rejected', models.PositiveIntegerField()),
                ('lessons', models.PositiveIntegerField()),
                ('patterns_left_out', models.PositiveIntegerField()),
                ('exemplars_left_out', models.PositiveIntegerField()),
                ('files_left_out', models.PositiveIntegerField()),
                ('parameters_left_out', models.PositiveIntegerField()),
                ('rejected_left_out', models.PositiveIntegerField()),
                ('lessons_left_out', models.PositiveIntegerField()),
                ('evaluation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='asked', to='evaluation.evaluation')),
            ],
            options={
                'verbose_name_plural': 'asked',
            },
        ),
        migrations.CreateModel(
            name='SpokenTo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('text', models.CharField(max_length=300)),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spoken_to', to='evaluation.evaluation')),
                ('pattern', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='telemetry.pattern')),
            ],
            options={
                'verbose_name_plural': 'spoken to',
                'ordering': ['pk'],
            },
        ),
    ]
