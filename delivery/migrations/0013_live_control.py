from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0012_approvals_come_back")]

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
            model_name="watch", name="touched_rate", field=models.FloatField(default=0)
        ),
        migrations.AddField(
            model_name="watch", name="untouched_rate", field=models.FloatField(default=0)
        ),
        migrations.AddField(
            model_name="watch", name="share_clumping", field=models.FloatField(default=1)
        ),
    ]
