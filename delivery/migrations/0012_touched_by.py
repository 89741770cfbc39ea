from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0011_live_control")]

    operations = [
        migrations.AddField(
            model_name="watch", name="touched_by", field=models.TextField(blank=True)
        ),
    ]
