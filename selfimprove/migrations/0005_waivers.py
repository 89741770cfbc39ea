"""Let every role see waivers, and admins make and withdraw them."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

ALLOWED = {
    "view_waiver": ("viewer", "reviewer", "operator", "admin"),
    "waive_finding": ("admin",),
}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("validation")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    for codename, roles in ALLOWED.items():
        permission = Permission.objects.get(
            content_type__app_label="validation", codename=codename
        )
        for role in roles:
            group, _ = Group.objects.get_or_create(name=role)
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0004_audit_permissions"),
        ("validation", "0007_waivers"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
