"""Is anything lost or doubled when the storing process is killed in the middle of 100 000 events?

`perf_killed.py [EVENTS [KILLS]]` kills it again and again, on SQLite and PostgreSQL.
"""

import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

EVENTS, KILLS, BATCH = 100_000, 8, 1_000


def measure(events: int, kills: int) -> int:
    """Send, kill, send on; return 1 where something was lost or doubled."""
    databases.prepare()
    from django.db import connection
    from django.utils import timezone

    from telemetry.models import Event
    from telemetry.rollups import reading
    from telemetry.rollups.rebuild import rebuild
    from tests.telemetry.scene import add_target
    from tests.telemetry.storing.sender import Sender

    target = add_target()
    name = str(connection.settings_dict["NAME"])
    sender = Sender(name, timezone.now().isoformat(), events, BATCH)
    began = time.perf_counter()
    lost = 0
    for kill in range(kills):
        if sender.send(kill_after=0.2 + 0.15 * kill):
            break
        lost += max(0, sender.acknowledged - Event.objects.count())
    while not sender.send(kill_after=None) and not sender.errors:
        pass
    stored = Event.objects.count()
    doubled = stored - Event.objects.values("uid").distinct().count()
    differing = rebuild(target, check=True)
    sys.stdout.write(
        f"\n{databases.database_name()}: {stored} of {events} events stored by {sender.starts}"
        f" processes, {sender.starts - 1} of them killed, in {time.perf_counter() - began:.0f} s:"
        f" {lost} lost, {doubled} doubled, {reading.total()} counted,"
        f" {differing} counts differ from a rebuild\n"
    )
    sys.stdout.write("".join(sender.errors))
    return int(bool(lost or doubled or differing or stored != events or sender.errors))


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    wanted, deaths = [*given, *(EVENTS, KILLS)[len(given) :]]
    if databases.database_name():
        sys.exit(measure(wanted, deaths))
    sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
