"""Let every role see waivers, admins make and withdraw them, and who decides or operates stop a check."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

ALLOWED = {
    ("validation", "view_waiver"): ("viewer", "reviewer", "operator", "admin"),
    ("validation", "waive_finding"): ("admin",),
    ("proposals", "stop_check"): ("reviewer", "operator", "admin"),
}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for room in ("validation", "proposals"):
        config = apps.get_app_config(room)
        before = getattr(config, "models_module", None)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
        config.models_module = before
    for (room, codename), roles in ALLOWED.items():
        permission = Permission.objects.get(content_type__app_label=room, codename=codename)
        for role in roles:
            group, _ = Group.objects.get_or_create(name=role)
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0004_audit_permissions"),
        ("validation", "0006_waivers"),
        ("proposals", "0007_running_check"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
