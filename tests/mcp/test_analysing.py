"""May an agent have a target evaluated, and under which limits?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from evaluation.asking import holding
from evaluation.models import Evaluation
from proposals.models import Proposal
from selfimprove import switch
from selfimprove.mcp import analysing
from selfimprove.mcp.callers import Refused
from targets.models import Target
from telemetry.doors.models import Scope
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import make_user
from tests.mcp.tokens import issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


@pytest.fixture
def rita() -> User:
    person = make_user("reviewer", name="rita")
    viewing = Permission.objects.filter(codename="view_evaluation")
    person.groups.get().permissions.add(*viewing)
    return person


def test_an_evaluation_says_what_came_of_each_pattern_and_who_asked(
    target: Target, rita: User
) -> None:
    fail(target, at=timezone.now())
    issued = issue(target, rita, Scope.EVALUATION_RUN)
    told = analysing.analyze(issued.secret, timezone.now())
    assert (told.proposed, told.verdict) == (1, "1 proposed")
    assert told.considered[0].proposal == str(Proposal.objects.get().pk)
    row = Evaluation.objects.get()
    assert (row.trigger, row.token) == ("mcp", issued.token)
    entry = Entry.objects.get(event="evaluation.started")
    assert (entry.actor_type, entry.facts["token"]) == ("person", issued.token.pk)


def test_no_finding_is_a_normal_result(target: Target, rita: User) -> None:
    issued = issue(target, rita, Scope.EVALUATION_RUN)
    told = analysing.analyze(issued.secret, timezone.now())
    assert (told.verdict, told.error, told.considered) == ("No finding", "", [])


def test_the_limits_are_those_of_the_page(target: Target, rita: User) -> None:
    issued = issue(target, rita, Scope.EVALUATION_RUN)
    now = timezone.now()
    with (
        holding.alone(target, "evaluated", now),
        pytest.raises(Refused, match="is being evaluated already"),
    ):
        analysing.analyze(issued.secret, now)
    target.paused = True
    target.save()
    with pytest.raises(Refused, match="is paused: resume it first"):
        analysing.analyze(issued.secret, now)
    Target.objects.update(paused=False, state="NEW")
    with pytest.raises(Refused, match="not ready"):
        analysing.analyze(issued.secret, now)
    assert Evaluation.objects.count() == 0


def test_a_paused_loop_evaluates_nothing(target: Target, rita: User) -> None:
    issued = issue(target, rita, Scope.EVALUATION_RUN)
    switch.pause(actor=Actor("person", "ada"), reason="A holiday", at=timezone.now())
    with pytest.raises(Refused, match="The loop is paused"):
        analysing.analyze(issued.secret, timezone.now())


def test_a_person_without_the_permission_has_nothing_evaluated(target: Target) -> None:
    issued = issue(target, make_user("viewer"), Scope.EVALUATION_RUN)
    with pytest.raises(Refused, match="lacks the permission"):
        analysing.analyze(issued.secret, timezone.now())
    assert Evaluation.objects.count() == 0
