"""Do two evaluations at the same moment propose once, and does a rejection hold?"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from evaluation.asking.held import Held
from evaluation.models import Became, Consideration, Evaluation
from evaluation.self_eval import evaluate
from proposals import decision
from proposals.models import Proposal, Status
from targets.models import Target
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import NOW, make_report, make_user

EVALUATE = """
import os, sys, django
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "selfimprove.settings"
django.setup()
from django.conf import settings
from django.db import connections
settings.DATA_DIR = Path(sys.argv[2])
connections["default"].settings_dict["NAME"] = sys.argv[1]
from datetime import datetime
from evaluation.self_eval import NotReady, evaluate
from targets.models import Target
print("ready", flush=True)
sys.stdin.readline()
try:
    at = datetime.fromisoformat(sys.argv[3])
    done = evaluate(Target.objects.get(), at, trigger="command")
    print(done.proposed, done.malformed, done.error)
except NotReady as busy:
    print(busy)
"""


def _start() -> "subprocess.Popen[str]":
    """Start a process that is ready to evaluate and waits for a word."""
    name = str(connection.settings_dict["NAME"])
    started = subprocess.Popen(
        [sys.executable, "-c", EVALUATE, name, str(settings.DATA_DIR), NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_propose_once(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    fail(target)
    fail(target, component="mailer", code="429")
    both = [_start(), _start()]
    for each in both:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.communicate(timeout=60) for each in both]
    assert [error for _, error in said] == ["", ""]
    came = sorted(out.strip() for out, _ in said)
    # One was either told that the other is at it, or came when that had ended.
    assert came in (
        ["2 0", "Gateway is being evaluated already: its result comes by itself."],
        ["0 0", "2 0"],
    )
    assert Proposal.objects.count() == 2
    assert Evaluation.objects.filter(ended_at=None).count() == 0
    assert not Held.objects.exists()
    outcomes = list(Consideration.objects.values_list("outcome", flat=True))
    assert outcomes.count(Became.PROPOSED) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 1, 30])
def test_what_a_person_rejected_is_never_proposed_again(tmp_path: Path, days: int) -> None:
    target = gateway(tmp_path)
    fail(target)
    evaluate(target, NOW, trigger="command")
    proposal = Proposal.objects.get()
    make_report(proposal)
    decision.reject(proposal, reviewer=make_user(), reason="The index is at fault.", at=NOW)
    later = NOW + timedelta(days=days, minutes=1)
    fail(target, at=later, sessions=["x", "y", "z"])  # the same cause in a new pattern
    evaluation = evaluate(target, later, trigger="command")
    assert (evaluation.proposed, evaluation.malformed) == (0, 0)
    rows = Consideration.objects.filter(evaluation=evaluation)
    assert {row.outcome for row in rows} == {Became.DUPLICATE}
    assert all("The index is at fault." in row.reason for row in rows)
    assert Proposal.objects.get().status == Status.REJECTED


@pytest.mark.django_db
def test_an_evaluation_of_one_target_leaves_its_neighbour_alone(tmp_path: Path) -> None:
    target, neighbour = gateway(tmp_path), gateway(tmp_path, slug="neighbour")
    fail(neighbour)
    evaluation = evaluate(target, NOW, trigger="command")
    assert (evaluation.patterns_seen, evaluation.verdict) == (0, "No finding")
    assert Target.objects.count() == 2
    assert not Proposal.objects.exists()
