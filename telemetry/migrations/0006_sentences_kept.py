"""Keep each pattern's sentence as its explanation, and count what each fingerprint has seen.

Apart from the changes of the tables: PostgreSQL alters no table whose rows changed just before.
"""
from django.db import migrations, models
from django.db.models import Count, Max, Min


def keep_the_sentence(apps, schema_editor):
    """The sentence becomes the explanation; the rules give the diagnosis with the next pass."""
    Pattern = apps.get_model("telemetry", "Pattern")
    Pattern.objects.update(explanation=models.F("diagnosis"))
    Pattern.objects.update(diagnosis="unknown")


def count_aliases(apps, schema_editor):
    """Share each pattern's count among its fingerprints: by the events kept, the rest to the first."""
    Alias = apps.get_model("telemetry", "PatternAlias")
    Event = apps.get_model("telemetry", "Event")
    left = {}
    for alias in Alias.objects.select_related("pattern").order_by("-pk").iterator():
        pattern = alias.pattern
        found = Event.objects.filter(
            target_id=alias.target_id, fingerprint=alias.fingerprint, pk__lte=alias.counted_to
        ).aggregate(n=Count("pk"), first=Min("timestamp"), last=Max("timestamp"))
        rest = left.setdefault(pattern.pk, pattern.count)
        only = not Alias.objects.filter(pattern=pattern, pk__lt=alias.pk).exists()
        alias.count = rest if only else min(rest, found["n"])
        left[pattern.pk] = rest - alias.count
        alias.first_seen = pattern.first_seen if only else found["first"] or pattern.first_seen
        alias.last_seen = found["last"] or pattern.last_seen
        alias.template = pattern.template
        alias.normaliser = 1
        alias.save()


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0005_patterns")]

    operations = [
        migrations.RunPython(keep_the_sentence, migrations.RunPython.noop),
        migrations.RunPython(count_aliases, migrations.RunPython.noop),
    ]
