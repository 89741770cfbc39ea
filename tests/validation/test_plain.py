"""Is a report that was kept told in the very form of the verdict that it keeps?"""

import pytest
from django.utils import timezone

from ports.sandbox import Level
from validation import report
from validation.formats import plain
from validation.models import Outcome
from validation.verdicts import GateVerdict, Mark, Verdict

pytestmark = pytest.mark.django_db


def verdict(outcome: Outcome) -> Verdict:
    marks = (Mark("a.py", 3, "Too wide.", refuses=True), Mark("", None, "Look.", refuses=False))
    gates = (
        GateVerdict("size", "Is it small?", Outcome.PASSED, "3 lines", seconds=0.0012),
        GateVerdict("tests", "Do they pass?", outcome, "2 findings", marks, level=Level.L3),
        GateVerdict("imports", "Do they load?", Outcome.PASSED, level=Level.L2),
    )
    names = {
        "base": "b" * 40,
        "tree": "c" * 40,
        "diff_digest": "d" * 64,
        "policy_digest": "e" * 64,
    }
    return Verdict(**names, outcome=outcome, gates=gates, made_at=timezone.now(), seconds=1.23456)


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.REFUSED, Outcome.ACKNOWLEDGE])
def test_it_is_the_same_kept_or_fresh(outcome: Outcome) -> None:
    fresh = verdict(outcome)
    kept = report.save(fresh, None, fresh.made_at)
    assert plain.kept(kept) == plain.plain(fresh, plain.EXIT[outcome])


def test_every_outcome_ends_with_a_code() -> None:
    assert set(plain.EXIT) == set(Outcome)
    assert [code for code in plain.EXIT.values() if code == 0] == [0]
