"""Make the four roles as groups, with what each may do."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROOMS = ["audit", "targets", "telemetry", "validation", "proposals", "delivery", "evaluation", "selfimprove"]
DECIDE = ["proposals.decide_proposal"]
OPERATE = [
    "delivery.revert_delivery",
    "selfimprove.pause_loop",
    "targets.add_target",
    "targets.change_target",
    "telemetry.add_source",
    "telemetry.change_source",
]


def make_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for room in ROOMS:
        config = apps.get_app_config(room)
        before = getattr(config, "models_module", None)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)  # else made after all migrations only
        config.models_module = before
    ours = Permission.objects.filter(content_type__app_label__in=ROOMS)
    view = list(ours.filter(codename__startswith="view_")) + list(
        ours.filter(codename="verify_log")
    )

    def named(names):
        return [ours.get(content_type__app_label=n.split(".")[0], codename=n.split(".")[1]) for n in names]

    roles = {
        "viewer": view,
        "reviewer": view + named(DECIDE),
        "operator": view + named(OPERATE),
        "admin": view + named(DECIDE + OPERATE),
    }
    for name, permissions in roles.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("selfimprove", "0001_initial"),
        ("audit", "0001_initial"),
        ("targets", "0001_initial"),
        ("telemetry", "0001_initial"),
        ("validation", "0001_initial"),
        ("proposals", "0001_initial"),
        ("delivery", "0001_initial"),
        ("evaluation", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
