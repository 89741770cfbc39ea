"""Let a regression of a benchmark wake an evaluation."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0007_inspections'),
    ]

    operations = [
        migrations.AlterField(
            model_name='waking',
            name='trigger',
            field=models.CharField(choices=[('error_spike', 'Error spike'), ('critical_pattern', 'Critical pattern'), ('escalation_burst', 'Escalation burst'), ('benchmark_regression', 'Benchmark regression')], max_length=40),
        ),
    ]
