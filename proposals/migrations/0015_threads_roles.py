"""Let reviewers, operators and admins comment."""
from django.contrib.auth.management import create_permissions
from django.db import migrations


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("proposals")
    before = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
    config.models_module = before
    ours = Permission.objects.get(
        content_type__app_label="proposals", codename="comment_proposal"
    )
    for role in ("reviewer", "operator", "admin"):
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(ours)


class Migration(migrations.Migration):
    dependencies = [
        ("proposals", "0014_threads"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
