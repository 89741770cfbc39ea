"""Let every role see what was asked and spent, and operators and admins set budgets."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEW = ("view_line", "view_exchange", "view_budget", "view_alert", "view_provisioned")
SET = ("add_budget", "change_budget")
ROLES = {"viewer": VIEW, "reviewer": VIEW, "operator": VIEW + SET, "admin": VIEW + SET}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("personas")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    ours = Permission.objects.filter(content_type__app_label="personas")
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(*ours.filter(codename__in=names))


class Migration(migrations.Migration):
    dependencies = [
        ("personas", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
