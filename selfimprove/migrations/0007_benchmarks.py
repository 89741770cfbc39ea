"""Let every role see benchmarks, operators and admins measure, and admins define them."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

EVERYBODY = ("viewer", "reviewer", "operator", "admin")
ALLOWED = {
    "view_run": EVERYBODY,
    "add_run": ("reviewer", "operator", "admin"),
    "add_definition": ("admin",),
}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("benchmarks")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    for codename, roles in ALLOWED.items():
        permission = Permission.objects.get(content_type__app_label="benchmarks", codename=codename)
        for role in roles:
            group, _ = Group.objects.get_or_create(name=role)
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0006_tokens_of_persons"),
        ("benchmarks", "0001_measurements"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
