"""Let reviewers, operators and admins sort patterns."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = ("reviewer", "operator", "admin")


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("telemetry")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    ours = Permission.objects.filter(
        content_type__app_label="telemetry",
        codename__in=["sort_pattern"],
    )
    for role in ROLES:
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(*ours)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0002_roles"),
        ("telemetry", "0007_closed_diagnosis"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
