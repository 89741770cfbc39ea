"""Let every role export the log, and admins erase words from it."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

ALLOWED = {
    "export_log": ("viewer", "reviewer", "operator", "admin"),
    "erase_payload": ("admin",),
}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("audit")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    for codename, roles in ALLOWED.items():
        permission = Permission.objects.get(content_type__app_label="audit", codename=codename)
        for role in roles:
            group, _ = Group.objects.get_or_create(name=role)
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0003_sort_patterns"),
        ("audit", "0004_payloads"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
