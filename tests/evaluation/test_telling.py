"""Does a finding read as a proposal that a person can judge, whatever the log said?"""

from pathlib import Path

import pytest

from evaluation.rules.embedded import answer
from evaluation.telling import MOST_EVENTS, cited
from personas.material import plain, quoted
from personas.replies import proposals_in
from proposals.documents import Document, parse
from targets.models import Target
from telemetry.models import Severity
from tests.evaluation.evidence_for_tests import (
    FILES,
    cases,
    fail,
    gateway,
    question,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def told(target: Target) -> Document:
    blocks, _ = proposals_in(answer(question(target)).text, nonce="abc")
    return parse(blocks[0])


def test_the_severity_is_that_of_the_gravest_pattern(target: Target) -> None:
    fail(target, severity=Severity.LOW)
    fail(target, severity=Severity.CRITICAL, template="the same, but worse")
    assert told(target).severity == Severity.CRITICAL


def test_each_pattern_gets_its_row_and_its_share_of_the_cited_events(target: Target) -> None:
    first = fail(target, sessions=[f"a-{n}" for n in range(30)])
    second = fail(target, sessions=[f"b-{n}" for n in range(30)], template="another")
    document = told(target)
    assert f"| {first.pk}: `it went wrong` | 30 | 30 |" in document.evidence
    assert f"| {second.pk}: `another` | 30 | 30 |" in document.evidence
    assert len(document.events) == MOST_EVENTS
    by_pattern = {case.pattern: set(case.event_uids) for case in cases(target)}
    assert len(by_pattern[first] & set(document.events)) == MOST_EVENTS // 2


def test_a_single_pattern_cites_its_own_events_only(target: Target) -> None:
    fail(target)
    fail(target, component="mailer", code="odd")
    (case, _) = sorted(cases(target), key=lambda one: one.pattern.component != "web_search")
    assert set(cited((case,))) == set(case.event_uids)


def test_a_component_with_a_strange_name_is_written_harmlessly(tmp_path: Path) -> None:
    name = "we`b|x"
    text = f'tools:\n  "{name}":\n    timeout_ms: 400\n'
    target = gateway(tmp_path, files={**FILES, "config/tools.yaml": text})
    fail(target, component=name)
    document = told(target)
    assert document.title == "Give we'b/x time to answer"
    assert document.diff.count("\n+") == 2  # the file's name and the one line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a  b\nc\td", "a b c d"),
        ("`x` | y", "'x' / y"),
        ("a\x00b\x1b[31m\u202ec", "a b [31m c"),
        ("", ""),
        ("Grüße — schön", "Grüße — schön"),
        ("waits for <*> ms", "waits for <*> ms"),
    ],
)
def test_outside_text_becomes_one_plain_line(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_long_text_is_cut_visibly() -> None:
    assert plain("x" * 400, 10) == "xxxxxxxxx…"
    assert plain("x" * 10, 10) == "x" * 10


def test_a_quotation_holds_no_secret() -> None:
    secret = "sk-ant-" + "api03-" + "a1B2c3D4" * 6
    assert secret not in quoted(f"refused {secret} at 10.1.2.3")
