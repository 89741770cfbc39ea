from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0015_tokens_of_persons")]

    operations = [
        migrations.AddField(
            model_name="pattern",
            name="proof",
            field=models.CharField(
                blank=True,
                choices=[
                    ("effective", "Effective"),
                    ("ineffective", "Ineffective"),
                    ("unclear", "Unclear"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="pattern",
            name="proof_words",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="pattern",
            name="proven_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(proof__in=["", "effective", "ineffective", "unclear"]),
                name="pattern_proof_known",
            ),
        ),
    ]
