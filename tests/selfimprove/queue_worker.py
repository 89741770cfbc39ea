"""A real queue worker that knows the tests' ticks: python -m tests.selfimprove.queue_worker."""

import os

import django
from django.core.management import call_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
    django.setup()
    from tests.selfimprove import ticking

    ticking.add(*ticking.ALL)
    call_command("qcluster")
