from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0009_mirroring")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="comes_back",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="delivery",
            name="closed_pull_request",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
