"""What does the clock ask of the generations?"""

from django.utils import timezone

from generations import requested, starting
from generations.reporting import files
from generations.running import claims, loop


def generate() -> str:
    """Begin what is wanted, and carry the one that waits longest through its present phase.

    One phase of one generation: the end of a phase wakes this tick again, so that targets take
    turns, a pause holds between two phases, and no worker has longer to live than a generation.
    """
    now = timezone.now()
    requested.tell_failed(now)
    asked = starting.of_requests(now)  # first: a person waits for these
    begun = [*asked, *starting.of_loops(now), *starting.by_themselves(now)]
    waiting = (
        claims.due(timezone.now()).order_by("next_step_at", "pk").values_list("pk", flat=True)
    )
    runs = (loop.step(pk, timezone.now()) for pk in list(waiting))
    ran = next((run for run in runs if run is not None), None)
    told = f"{ran.generation}: {ran.phase} {ran.get_result_display().lower()}" if ran else "idle"
    return f"{len(begun)} begun; {told}"


def sweep() -> str:
    """End what overran its time, and write each report that is not there.

    Apart from the other tick: a phase that hangs must not keep its own end from coming.
    """
    expired = loop.expire(timezone.now())
    written = files.write_missing()
    return f"{len(expired)} timed out, {len(written)} reports written"
