"""Let every role have agents act in their own name: no token can do more than its person."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = ("viewer", "reviewer", "operator", "admin")


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("telemetry")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    permission = Permission.objects.get(content_type__app_label="telemetry", codename="act_by_token")
    for role in ROLES:
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0005_waivers"),
        ("telemetry", "0015_tokens_of_persons"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
