from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0010_nodes_of_levels"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="anchor",
            index=models.Index(fields=["kind", "place", "-id"], name="anchor_last_of_place"),
        ),
    ]
