"""Do fingerprints and patterns stay the same over orders, processes and many kinds?"""

import os
import random
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Event, EventType, Pattern, PatternAlias
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db

KINDS = [
    "upstream did not answer within {n} ms",
    "cannot reach host db-{n}.internal at 10.0.0.{n}",
    "row 123e4567-e89b-12d3-a456-42661417{n:04} is locked by 'worker {n}'",
    "file /srv/app/{n}/x.json: no such file",
    "HTTP 503 from https://api.example.org/v1/{n}?x={n}",
]

PRINT = """
import random, sys
from telemetry.fingerprints import fingerprint
messages = sys.stdin.read().split("\\n")
order = list(range(len(messages)))
random.Random(int(sys.argv[1])).shuffle(order)
found = {}
for place in order:
    found[place] = fingerprint(target_id=1, event_type="tool_call", component="t",
                               error_code="e", message=messages[place])
print(*(found[place] for place in range(len(messages))))
"""


def test_three_processes_in_three_orders_give_the_same_fingerprints() -> None:
    messages = [kind.format(n=n) for n in range(1, 200) for kind in KINDS]
    said = {
        subprocess.run(
            [sys.executable, "-c", PRINT, seed],
            input="\n".join(messages),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4242")
    }
    (only,) = said
    assert len(set(only.split())) == len(KINDS)


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_over_any_passes_gives_the_same_patterns(target: Target, seed: int) -> None:
    events = [
        call(number, at=NOW - timedelta(seconds=number), message=kind.format(n=number % 90))
        for number, kind in enumerate(KINDS * 40)
    ]
    random.Random(seed).shuffle(events)  # noqa: S311  # the same orders in every run
    for start in range(0, len(events), 33):
        ingest.store(target, events[start : start + 33], NOW)
        mining.mine(target, NOW)
    assert Pattern.objects.count() == len(KINDS)
    assert set(Pattern.objects.values_list("count", flat=True)) == {40}


REMARKS = ["", " (sent GET /search to 10.0.0.7)", " (attempt 3 of 5)", " [request r-17]"]


@pytest.mark.parametrize(
    ("tool", "code", "said"),
    [
        ("web_search", "timeout", "upstream did not answer within 400 ms"),
        ("mailer", "rate_limited", "upstream refused: too many calls in this second"),
        ("nightly_digest", "connection", "connection to the archive was reset by its peer"),
    ],
)
@pytest.mark.parametrize("first", range(len(REMARKS)))
def test_one_cause_is_one_pattern_whatever_remark_comes_first(
    target: Target, tool: str, code: str, said: str, first: int
) -> None:
    remarks = REMARKS[first:] + REMARKS[:first]
    for number, remark in enumerate(remarks):
        ingest.store(target, [call(number, tool=tool, code=code, message=said + remark)], NOW)
        mining.mine(target, NOW)
    pattern = Pattern.objects.get()
    assert (pattern.count, pattern.template.startswith(said.split("4")[0])) == (4, True)


LIMITED = "upstream answered 429: rate limit of 3 calls per second exceeded"
TIMED_OUT = "upstream did not answer within 400 ms"
SENT = " (sent POST /search Authorization: Bearer abc123def456)"
EXAMPLES = {
    "web_search timeout": [TIMED_OUT, TIMED_OUT + SENT, "upstream did not answer within 500 ms"],
    "ledger rate_limited": [
        LIMITED,
        f"{LIMITED} for key AKIAIOSFODNN7EXAMPLE from 8.8.4.4:51413",
        f"{LIMITED} for <ops@example.org> from 8.8.4.4:51413",
        LIMITED.replace("3", "2.5"),
    ],
    "mail upstream_error": [
        "upstream answered 503: backend 8.8.4.4 said: try again later",
        "upstream answered 503: backend 10.1.2.3 said: try again later",
    ],
}


@pytest.mark.parametrize("cause", sorted(EXAMPLES))
@pytest.mark.parametrize("backwards", [False, True])
def test_one_cause_of_the_example_is_one_pattern_in_either_order(
    target: Target, cause: str, backwards: bool
) -> None:
    tool, code = cause.split()
    messages = EXAMPLES[cause][::-1] if backwards else EXAMPLES[cause]
    for number, message in enumerate(messages):
        ingest.store(target, [call(number, tool=tool, code=code, message=message)], NOW)
        mining.mine(target, NOW)
    assert Pattern.objects.get().count == len(messages)
    assert "[" not in Pattern.objects.get().template


def many(target: Target, count: int) -> None:
    """Make many patterns with an event each."""
    now = timezone.now()
    patterns = Pattern.objects.bulk_create(
        Pattern(
            target=target,
            event_type=EventType.TOOL_CALL,
            component=f"tool_{number % 300}",
            error_code="timeout",
            template=f"kind number {number} went wrong",
            count=1,
            first_seen=now - timedelta(minutes=number % 900),
            last_seen=now - timedelta(minutes=number % 900),
        )
        for number in range(count)
    )
    PatternAlias.objects.bulk_create(
        PatternAlias(target=target, fingerprint=f"{number:016x}", pattern=pattern)
        for number, pattern in enumerate(patterns)
    )
    Event.objects.bulk_create(
        Event(
            target=target,
            uid=f"u{number}",
            event_type=EventType.TOOL_CALL,
            timestamp=now - timedelta(minutes=number % 900),
            session_id="s",
            success=False,
            fingerprint=f"{number:016x}",
        )
        for number in range(count)
    )


def test_ten_thousand_patterns_are_listed_quickly_with_few_queries(
    target: Target, client: Client
) -> None:
    many(target, 10_000)
    client.force_login(make_user("admin"))
    pages = ["", "?page=200", "?q=number+99", "?severity=low&target=gateway", "?q=nothing+at+all"]
    client.get(reverse("telemetry:patterns"))
    for page in pages:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = client.get(reverse("telemetry:patterns") + page)
        assert response.status_code == 200
        assert len(asked) <= 15, page


def test_ten_thousand_patterns_cost_one_passing_event_no_more_than_few(target: Target) -> None:
    many(target, 10_000)
    ingest.store(target, [call(1, at=timezone.now())], timezone.now())
    PatternAlias.objects.update(counted_to=Event.objects.order_by("-pk")[1].pk)
    with CaptureQueriesContext(connection) as asked:
        assert mining.mine(target, timezone.now()).events == 1
    assert len(asked) <= 25
