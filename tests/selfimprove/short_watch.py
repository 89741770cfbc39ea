"""`up` with a watchdog that loses its patience soon: python -m tests.selfimprove.short_watch."""

import os
import sys
from datetime import timedelta

import django

STALE = timedelta(seconds=15)  # a busy machine needs several to start a worker

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
    django.setup()
    from django.conf import settings

    from selfimprove import roof
    from selfimprove.watchdog import Watchdog

    def say(line: str) -> None:
        """Print at once."""
        print(line, flush=True)  # noqa: T201 - a small program of its own

    web = settings.SELFIMPROVE.web
    roof.prepare(web)
    sys.exit(roof.run(roof.ALL, say=say, watched=Watchdog(stale=STALE, look_seconds=1)))
