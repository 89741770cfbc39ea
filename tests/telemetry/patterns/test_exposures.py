"""Is a remedy judged by its own pattern, once that could have failed often enough?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client

from audit.log import Actor
from audit.models import Entry
from telemetry.models import Pattern
from telemetry.patterns import exposures, judging, remedies
from telemetry.patterns.exposures import Exposed, judged
from telemetry.patterns.vocabulary import Proof
from tests.evaluation.evidence_for_tests import fail, gateway, succeed
from tests.factories import NOW, make_user

HOUR = timedelta(hours=1)
DEPLOYED = NOW


@pytest.mark.parametrize(
    ("before", "since", "said"),
    [
        ((40, 100), (0, 99), None),
        ((40, 100), (0, 100), Proof.EFFECTIVE),
        ((40, 100), (10, 100), Proof.EFFECTIVE),
        ((40, 100), (40, 100), Proof.INEFFECTIVE),
        ((40, 100), (70, 100), Proof.INEFFECTIVE),
        ((40, 100), (27, 100), Proof.UNCLEAR),
        ((1, 100), (0, 100), Proof.UNCLEAR),
        ((0, 100), (0, 100), Proof.UNCLEAR),
        ((0, 100), (20, 100), Proof.INEFFECTIVE),
        ((0, 0), (0, 500), None),
        ((0, 0), (500, 500), None),
    ],
)
def test_it_takes_enough_calls_and_a_clear_difference(
    before: tuple[int, int], since: tuple[int, int], said: Proof | None
) -> None:
    assert judged(Exposed(*before), Exposed(*since), 100) == said


@pytest.fixture
def pattern(tmp_path: Path, db: None) -> Pattern:
    """Make a pattern that failed forty times of a hundred before its remedy was deployed."""
    target = gateway(tmp_path)
    made = fail(target, sessions=[f"s-{n}" for n in range(40)], at=DEPLOYED - HOUR)
    succeed(target, made.component, 60, at=DEPLOYED - HOUR)
    _remedied(made)
    return made


def _remedied(pattern: Pattern, remedy: str = "proposal:one") -> None:
    remedies.declare(
        pattern.pk,
        remedy=remedy,
        title="Give it time",
        deployed_at=DEPLOYED,
        effective_at=DEPLOYED + HOUR,
        actor=Actor.system("evaluation"),
        at=DEPLOYED + HOUR,
    )


def _again(pattern: Pattern, failures: int, successes: int) -> None:
    """Let the same pattern fail in the hour after its remedy was deployed."""
    sessions = [f"t-{number}" for number in range(failures)]
    new = fail(pattern.target, sessions=sessions, at=DEPLOYED + HOUR)
    new.aliases.update(pattern=pattern)
    succeed(pattern.target, pattern.component, successes, at=DEPLOYED + HOUR)


def _later(pattern: Pattern, at: datetime = DEPLOYED + 3 * HOUR) -> Pattern:
    judging.look_again(pattern.target, at)
    return Pattern.objects.get(pk=pattern.pk)


def test_one_that_helped_is_effective_and_the_log_holds_the_figures(pattern: Pattern) -> None:
    succeed(pattern.target, pattern.component, 120, at=DEPLOYED + HOUR)
    proven = _later(pattern)
    assert proven.proof == Proof.EFFECTIVE
    assert proven.proof_words == "failed in 40 of 100 calls before, and in 0 of 120 calls since"
    entry = Entry.objects.get(event="pattern.proven")
    assert entry.facts["proof"] == "effective"
    assert entry.facts["calls_since"] == 120
    _later(pattern, DEPLOYED + 4 * HOUR)
    assert Entry.objects.filter(event="pattern.proven").count() == 1


def test_one_that_did_not_help_is_ineffective(pattern: Pattern) -> None:
    _again(pattern, 45, 60)
    assert _later(pattern).proof == Proof.INEFFECTIVE


def test_before_enough_calls_nothing_is_said_but_how_many(
    pattern: Pattern, settings: LazySettings
) -> None:
    succeed(pattern.target, pattern.component, 50, at=DEPLOYED + HOUR)
    waiting = _later(pattern)
    assert waiting.proof == ""
    assert exposures.progress(waiting, DEPLOYED + 3 * HOUR) == (
        "Judged once it could have failed 100 times: 50 calls so far."
    )
    ours = settings.SELFIMPROVE
    telemetry = ours.telemetry.model_copy(update={"exposures": 50})
    settings.SELFIMPROVE = ours.model_copy(update={"telemetry": telemetry})
    assert _later(pattern).proof == Proof.EFFECTIVE


def test_what_is_unclear_is_looked_at_again(pattern: Pattern) -> None:
    _again(pattern, 27, 73)
    assert _later(pattern).proof == Proof.UNCLEAR
    succeed(pattern.target, pattern.component, 400, at=DEPLOYED + 3 * HOUR)
    assert _later(pattern, DEPLOYED + 5 * HOUR).proof == Proof.EFFECTIVE


def test_another_remedy_begins_anew_and_one_taken_back_is_forgotten(pattern: Pattern) -> None:
    succeed(pattern.target, pattern.component, 120, at=DEPLOYED + HOUR)
    assert _later(pattern).proof
    _remedied(pattern, "proposal:two")
    assert Pattern.objects.get(pk=pattern.pk).proof == ""
    assert _later(pattern).proof
    remedies.withdraw(pattern.pk, at=DEPLOYED + 4 * HOUR)
    forgotten = Pattern.objects.get(pk=pattern.pk)
    assert (forgotten.proof, forgotten.proof_words, forgotten.proven_at) == ("", "", None)
    assert exposures.progress(forgotten, DEPLOYED + 4 * HOUR) == ""


def test_the_pattern_says_so(pattern: Pattern, client: Client) -> None:
    client.force_login(make_user("admin"))
    succeed(pattern.target, pattern.component, 120, at=DEPLOYED + HOUR)
    page = client.get(_later(pattern).get_absolute_url()).content.decode()
    assert "Effective: it failed in 40 of 100 calls before, and in 0 of 120 calls since." in page


def test_the_database_knows_three_words(pattern: Pattern) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Pattern.objects.filter(pk=pattern.pk).update(proof="splendid")
