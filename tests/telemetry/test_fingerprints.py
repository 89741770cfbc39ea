"""Do failures of one kind share a fingerprint, and failures of two kinds not?"""

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry import fingerprints
from telemetry.sanitizer import sanitize


def fingerprint(message: str, **changes: str) -> str:
    parts = {"event_type": "tool_call", "component": "web_search", "error_code": "timeout"}
    return fingerprints.fingerprint(target_id=1, message=message, **{**parts, **changes})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no answer within 400 ms", "no answer within 1 200 ms"),
        ("GET https://a.example/x?y=1 failed", "GET https://b.example/z failed"),
        ("row 123e4567-e89b-12d3-a456-426614174000", "row 00000000-e89b-12d3-a456-426614174000"),
        ("at 2026-11-21T01:02:03Z: late", "at 2025-01-02T03:04:05Z: late"),
        ("host 10.1.2.3:80 is down", "host 8.8.8.8 is down"),
        ("open /home/alice/project/x.txt", "open /var/lib/y"),
        ('unknown key "colour"', "unknown key 'shape'"),
        ("object at 0x7f00aa", "object at 0x12"),
        ("commit 3f786850e387550f gone", "commit 89e6c98d92887913 gone"),
        ("session s-17 lost", "session s-4 lost"),
        ("mail bob@example.org bounced", "mail eve@example.com bounced"),
        ("ids 1, 2, 3 refused", "ids 4 refused"),
        ("two  blanks\n here", "two blanks here"),
        ("keys amber, birch, cedar are missing", "keys fjord, grove, iris, jade are missing"),
        ("expected one of amber, birch or cedar", "expected one of fjord, grove, and iris"),
        ("host db.eu.example.net is down", "host mail.example.org is down"),
        ("queue.internal refused it", "queue.internal refused it"),
        ("no route to a.b.internal", "no route to other.zone.corp"),
    ],
)
def test_what_varies_does_not_part_a_kind(one: str, other: str) -> None:
    for first, second in ((one, other), (sanitize(one)[0], sanitize(other)[0])):
        assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("connection lost, retrying", "connection refused, aborting"),
        ("java.io.IOException: pipe", "java.net.SocketException: pipe"),
        ("django.db.utils.DataError here", "django.db.utils.OperationalError here"),
        ("module foo.internal is missing", "module bar.internal is missing"),
        ("call net.send(x) failed", "call sys.net.poll(x) failed"),
    ],
)
def test_what_names_a_failure_stays(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    "message",
    [
        "keys amber, birch, cedar or dune are missing at db.eu.example.net:80",
        "ids 1, 2, 3 and 'four', five, six of /srv/a/b by bob@example.org",
        "a, b, c, d. Then e, f and g: [EMAIL], [REDACTED_KEY], x",
    ],
)
def test_a_template_is_its_own_template(message: str) -> None:
    once = fingerprints.template(message)
    assert fingerprints.template(once) == once


@given(st.text(alphabet="ab1x.:/@-'\"[]<>,_ ~", max_size=80))
@example("see https://a.example/x, then mail bob@example.org of db.eu.internal")
@example("amber, birch, cedar://x@y.z")
@settings(max_examples=300, deadline=None)
def test_what_is_not_tried_on_a_message_would_not_have_been_found(message: str) -> None:
    signs = tuple(sign for sign, _ in fingerprints._FAR)
    told = tuple(sign for sign in signs if sign in message)
    every, few = fingerprints._variable(signs), fingerprints._variable(told)
    assert every.findall(message) == few.findall(message)


def test_placeholders_count_as_what_varies() -> None:
    assert fingerprint("host [EXTERNAL_IP] is down") == fingerprint("host 10.x.x.x is down")
    assert fingerprint("login [REDACTED_KEY] bad") == fingerprint("login [EMAIL] bad")


def test_other_words_tool_code_type_or_target_make_another_kind() -> None:
    kinds = {
        fingerprint("no answer"),
        fingerprint("no route"),
        fingerprint("no answer", component="calendar"),
        fingerprint("no answer", error_code="connection"),
        fingerprint("no answer", event_type="task_failure"),
        fingerprints.fingerprint(
            target_id=2,
            event_type="tool_call",
            component="web_search",
            error_code="timeout",
            message="no answer",
        ),
    }
    assert len(kinds) == 6


def test_a_template_shows_the_words_that_stay() -> None:
    assert fingerprints.template("upstream did not answer within 400 ms") == (
        "upstream did not answer within <*> ms"
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("no answer within <*> ms", "no answer within <*> ms (sent <*>)", True),
        ("no answer within <*> ms", "no answer within <*> ms for <*> from <*>", True),
        ("no answer within <*> ms", "no answer within <*> msec", False),
        ("no answer", "no answer from upstream", False),
        ("failed (code)", "failed (name)", False),
        ("", "", True),
    ],
)
def test_templates_are_alike_when_only_a_remark_is_appended(
    one: str, other: str, expected: bool
) -> None:
    assert fingerprints.alike(one, other) is expected
    assert fingerprints.alike(other, one) is expected


def test_another_process_finds_the_same_fingerprint() -> None:
    program = (
        "from telemetry.fingerprints import fingerprint;"
        "print(fingerprint(target_id=1, event_type='tool_call', component='web_search',"
        " error_code='timeout', message='no answer within 9 ms'), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == fingerprint("no answer within 400 ms")
    assert len(done.stdout) == 16
