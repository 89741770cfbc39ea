"""Hold the events that proposals cite already."""

from django.db import migrations


def hold(apps, schema_editor):
    Evidence = apps.get_model("proposals", "Evidence")
    HeldEvent = apps.get_model("telemetry", "HeldEvent")
    rows = Evidence.objects.values_list(
        "event_uids", "proposal_id", "proposal__target_id", "proposal__created_at"
    )
    for uids, proposal, target, at in rows.iterator(500):
        HeldEvent.objects.bulk_create(
            [
                HeldEvent(target_id=target, uid=uid, holder=f"proposal:{proposal}", since=at)
                for uid in set(uids)
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):

    dependencies = [
        ("proposals", "0002_critical_risk"),
        ("telemetry", "0002_counts_kept_beside_events"),
    ]

    operations = [migrations.RunPython(hold, migrations.RunPython.noop)]
