"""Close the vocabulary of the diagnosis; the rules fill it with the next pass."""
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0006_sentences_kept")]

    operations = [
        migrations.AlterField(
            model_name='pattern',
            name='diagnosis',
            field=models.CharField(choices=[('timeout', 'Timeout'), ('rate_limited', 'Rate limited'), ('auth', 'Not signed in'), ('not_found', 'Not found'), ('bad_input', 'Bad input'), ('dependency_down', 'Dependency down'), ('resource', 'Out of a resource'), ('crash', 'Crash'), ('logic', 'Wrong logic'), ('policy_denied', 'Denied by policy'), ('unknown', 'Unknown')], default='unknown', max_length=20),
        ),
    ]
