"""Let every role see generations, and operators and admins run and cancel them."""
from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEW = ("view_generation", "view_phaserun", "view_delta", "view_loop")
RUN = ("run_generation",)
ROLES = {"viewer": VIEW, "reviewer": VIEW, "operator": VIEW + RUN, "admin": VIEW + RUN}


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("generations")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    ours = Permission.objects.filter(content_type__app_label="generations")
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(*ours.filter(codename__in=names))


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0001_generations"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
