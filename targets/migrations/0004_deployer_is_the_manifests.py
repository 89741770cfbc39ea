from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("targets", "0003_github_forge")]

    operations = [migrations.RemoveField(model_name="target", name="deployer")]
