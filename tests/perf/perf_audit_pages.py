"""How long does an auditor wait for each question, in a log of a million entries?

`perf_audit_pages.py [ENTRIES]` writes them on SQLite and PostgreSQL, opens the pages with every
kind of filter, and prints the median and the worst of each. It also measures what an entry
costs to write, with and without the indexes that the questions stand on.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

if TYPE_CHECKING:
    from django.test import Client

ENTRIES = 1_000_000
ROUNDS = 7
LIMIT_MS = 200


def measure(entries: int) -> int:
    """Fill, ask, print; return 1 where a question takes too long."""
    databases.prepare()
    from tests.perf import audit_log

    began = time.perf_counter()
    audit_log.fill(entries)
    _client()  # signing in leaves an entry, which is not to be measured
    write = sys.stdout.write
    took = time.perf_counter() - began
    write(f"\n{databases.database_name()}: {entries} entries written in {took:.0f} s\n")
    write(f"  {'question':54}{'queries':>8}{'median':>11}{'worst':>11}{'page':>11}{'worst':>11}\n")
    slow = sum(_ask(name, address) for name, address in _questions(entries))
    _writing()
    sys.stdout.flush()
    return int(slow > 0)


def _questions(entries: int) -> Iterator[tuple[str, str]]:
    """Name every kind of question, and where it is asked."""
    from audit.models import Entry
    from tests.perf.audit_entries import NEVER, PEOPLE, RARE, TARGETS

    deep = entries // 10
    asked: dict[str, dict[str, Any]] = {
        "first page": {},
        "a deep page": {"before": deep},
        "common event": {"event": "delivery.intended"},
        "rare event": {"event": "token.revoked"},
        "event that never was": {"event": "settings.changed"},
        "family": {"event": "proposal.*"},
        "family, deep": {"event": "proposal.*", "before": deep},
        "busy person": {"actor": NEVER},
        "person, deep": {"actor": PEOPLE[9], "before": deep},
        "nobody": {"actor": "nobody"},
        "people": {"actor_type": "person"},
        "agents, deep": {"actor_type": "agent", "before": deep},
        "rare target": {"target": TARGETS[-1]},
        "busy subject": {"subject": f"user:{NEVER}"},
        "busy subject, deep": {"subject": f"user:{NEVER}", "before": deep},
        "busy subject + event it never has": {
            "subject": f"user:{NEVER}",
            "event": "model.asked",
        },
        "common event + busy person, never together": {
            "event": "proposal.reviewed",
            "actor": NEVER,
        },
        "common event + common target, never together": {
            "event": "user.signed_in",
            "target": TARGETS[0],
        },
        "common event + rare target": {"event": "proposal.reviewed", "target": TARGETS[-1]},
        "family + person + target": {
            "event": "proposal.*",
            "actor": PEOPLE[9],
            "target": TARGETS[4],
        },
        "person + target, deep": {"actor": PEOPLE[9], "target": TARGETS[9], "before": deep},
        "people + common event of agents": {"actor_type": "person", "event": "model.asked"},
        "a day long ago": {"since": "2026-02-01", "until": "2026-02-01"},
        "all but the last months": {"until": "2026-05-01"},
        "half a year + rare target": {"since": "2026-03-01", "target": TARGETS[-1]},
        "until long ago + person + target": {
            "until": "2026-02-01",
            "actor": PEOPLE[9],
            "target": TARGETS[4],
        },
        "common word": {"text": "timeout"},
        "common word, deep": {"text": "timeout", "before": deep},
        "word of everything": {"text": "change"},
        "rare word": {"text": RARE},
        "word that never was": {"text": "xylophone"},
        "word that is common in old entries only": {"text": "oldfashioned"},
        "phrase": {"text": '"the change"'},
        "rare phrase": {"text": '"cache schema latency budget"'},
        "words and not others": {"text": "timeout retry -calendar"},
        "only what is absent": {"text": "-timeout"},
        "common word + rare target": {"text": "timeout", "target": TARGETS[-1]},
        "common word + person": {"text": "timeout", "actor": PEOPLE[9]},
        "common word + person who never gives reasons": {"text": "timeout", "actor": NEVER},
        "rare word + common event": {"text": RARE, "event": "delivery.intended"},
        "common word + a day long ago": {
            "text": "timeout",
            "since": "2026-02-01",
            "until": "2026-02-01",
        },
        "common word + family + target": {
            "text": "timeout",
            "event": "proposal.*",
            "target": TARGETS[4],
        },
    }
    for name, given in asked.items():
        yield name, f"/audit/?{urlencode(given)}"
    # An address in no filter: the entry of a busy subject, with its story.
    busy = Entry.objects.filter(subject=f"user:{NEVER}").order_by("-id")[:1].get()
    yield "entry of a busy subject", busy.get_absolute_url()
    some = Entry.objects.filter(subject__gt="proposal:").order_by("-id").first()
    if some is not None:
        yield "entry of a proposal", some.get_absolute_url()
        yield "proposal", f"/audit/?{urlencode({'proposal': some.subject.partition(':')[2]})}"


def _ask(name: str, address: str) -> bool:
    """Open a page some times; print how long the database took, and the page as a whole."""
    from django.db import connection

    client = _client()
    pages, asked = [], []
    for _ in range(ROUNDS):
        clock = _Clock()
        with connection.execute_wrapper(clock):
            began = time.perf_counter()
            answer = client.get(address)
            pages.append((time.perf_counter() - began) * 1_000)
        asked.append(clock.milliseconds)
        assert answer.status_code == 200, (address, answer.status_code)
    worst = max(asked)
    sys.stdout.write(
        f"  {name:54}{clock.count:8}{statistics.median(asked):8.1f} ms{worst:8.1f} ms"
        f"{statistics.median(pages):8.1f} ms{max(pages):8.1f} ms"
        f"{'  SLOW' if worst > LIMIT_MS else ''}\n"
    )
    sys.stdout.flush()
    return worst > LIMIT_MS


class _Clock:
    """Add up how long the database takes to answer."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.milliseconds, self.count = 0.0, 0

    def __call__(self, execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, values, many, context)
        finally:
            self.milliseconds += (time.perf_counter() - began) * 1_000
            self.count += 1


def _client() -> "Client":
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    root = User.objects.filter(username="root").first() or User.objects.create_superuser("root")
    client.force_login(root)
    return client


def _writing() -> None:
    """Measure what an entry with a reason costs, as the log is and without its indexes."""
    from django.db import connection, transaction

    from audit.models import Entry

    def best() -> float:
        return min(_each(300) for _ in range(5))

    sys.stdout.write(f"  writing an entry with a reason{best():38.0f} µs\n")
    for index in Entry._meta.indexes:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {index.name}")
            without = best()
            transaction.set_rollback(True)
        fields = ", ".join(index.fields)
        sys.stdout.write(f"    without the index on {fields:45}{without:8.0f} µs\n")


def _each(count: int) -> float:
    from django.db import transaction
    from django.utils import timezone

    from audit.events import Event
    from audit.log import Actor, record

    began = time.perf_counter()
    with transaction.atomic():
        for number in range(count):
            record(
                Event.PROPOSAL_REVIEWED,
                actor=Actor("person", f"person-{number % 90}"),
                subject=f"proposal:{number}",
                target="service-2",
                at=timezone.now(),
                reason="The change gives the search some time to answer its calls.",
            )
        transaction.set_rollback(True)
    return (time.perf_counter() - began) / count * 1e6


def main(arguments: list[str]) -> int:
    """Measure here, or start one process per database that does."""
    if databases.database_name():
        return measure(int(arguments[0]) if arguments else ENTRIES)
    return databases.run_on_each(__file__, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
