"""What does the clock ask of the API?"""

import time

from django.utils import timezone

from selfimprove.api import changes, checking

SECONDS = 90  # after so long no further check is begun in the same tick


def check() -> str:
    """Check changes that wait until the time is up; return how many."""
    started, done = time.monotonic(), 0
    for change in list(changes.waiting(timezone.now()).defer("diff")):
        done += checking.check(change, timezone.now())
        if time.monotonic() - started > SECONDS:
            break
    return f"{done} checked"
