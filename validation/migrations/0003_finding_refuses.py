from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("validation", "0002_sandbox_level")]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="refuses",
            field=models.BooleanField(default=True),
            preserve_default=False,
        ),
    ]
