from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0010_approvals_come_back")]

    operations = [
        migrations.AddField(
            model_name="watch", name="touched", field=models.JSONField(default=list)
        ),
        migrations.AddField(
            model_name="watch", name="is_beside", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="watch", name="beside", field=models.TextField(blank=True)
        ),
        migrations.AddField(
            model_name="watch", name="signals", field=models.TextField(blank=True)
        ),
        migrations.AddField(
            model_name="watch", name="touched_rate", field=models.FloatField(default=0)
        ),
        migrations.AddField(
            model_name="watch", name="untouched_rate", field=models.FloatField(default=0)
        ),
        migrations.AddField(
            model_name="watch", name="share_clumping", field=models.FloatField(default=1)
        ),
        migrations.AddField(
            model_name="watch",
            name="recovery",
            field=models.CharField(
                blank=True,
                choices=[
                    ("back", "As before"),
                    ("worse", "Not as before"),
                    ("unknown", "Cannot be told"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="watch", name="recovery_words", field=models.TextField(blank=True)
        ),
        migrations.AddField(
            model_name="watch", name="recovered_at", field=models.DateTimeField(null=True)
        ),
    ]
