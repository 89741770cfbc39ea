"""Does `dashboard` print what the page shows, kinds of engines apart?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import Outcome
from generations.reporting import figures
from tests.generations.endings import bare_target, called, ended
from tests.generations.foreground.typed import typed

pytestmark = pytest.mark.django_db


def test_without_any_it_says_so() -> None:
    said = typed("dashboard")
    assert said.code == 0
    assert said.out == "Generations, last 30 days\nNone ended in that time.\n"


def test_each_kind_of_engine_has_numbers_of_its_own() -> None:
    target, now = bare_target(), timezone.now()
    for outcome in (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.REJECTED, Outcome.CANCELLED):
        gain = 0.05 if outcome == Outcome.ACCEPTED else None
        ended(target, outcome, at=now - timedelta(hours=1), dry_run=True, gain=gain)
    asked = ended(
        target,
        Outcome.REJECTED,
        at=now - timedelta(hours=1),
        writer="model",
        written_by="anthropic",
    )
    called(asked)
    said = typed("dashboard").out
    assert said.count(" ended") == 2
    assert "1 of 3" in said
    assert "+5.0" in said
    assert "2 (A gate refused it)" in said
    assert "no part of the rate: 1 cancelled" in said
    assert "no model call" in said
    assert "$0.01" in said


def test_a_program_gets_the_numbers_of_the_page() -> None:
    target = bare_target()
    ended(target, at=timezone.now() - timedelta(days=40))
    ended(bare_target("mailer"), at=timezone.now() - timedelta(days=1))
    assert typed("dashboard", "--target", "gateway", "--json").json["engines"] == []
    told = typed("dashboard", "--target", "gateway", "--days", "90", "--json").json
    assert (told["days"], told["target"], len(told["engines"])) == (90, "gateway", 1)
    page = figures.gather(timezone.now(), days=90, target=target).plain()
    assert told["engines"][0]["outcomes"] == page["engines"][0]["outcomes"]


def test_an_unknown_target_is_exit_code_2() -> None:
    said = typed("dashboard", "--target", "gone")
    assert (said.code, said.out) == (2, "")
    assert "there is no target 'gone'" in said.err
