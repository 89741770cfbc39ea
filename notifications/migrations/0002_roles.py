"""Let every role see who hears of what, and operators and admins set channels."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

EVERYBODY = ("viewer", "reviewer", "operator", "admin")
ALLOWED = {
    **{f"view_{name}": EVERYBODY for name in ("channel", "occurrence", "message", "telling")},
    "set_channels": ("operator", "admin"),
}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("notifications")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    for codename, roles in ALLOWED.items():
        permission = Permission.objects.get(
            content_type__app_label="notifications", codename=codename
        )
        for role in roles:
            group, _ = Group.objects.get_or_create(name=role)
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_channels"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
