"""Is nobody asked about a change whose starting point the target has left?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audit.log import Actor
from audit.models import Entry
from proposals import outdated, tasks
from proposals.lifecycle import Move, advance
from proposals.models import Proposal, Status
from proposals.outdated import ACTOR
from proposals.publish import publish
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, TOOLS, commit_to_origin, git, make_proposal, make_user

LATER = NOW + timedelta(hours=1)
FRONT = "parameter: tools.web_search.timeout_ms\n"


def _move(target: Target, **files: str | None) -> None:
    """Move the branch from outside, and learn of it."""
    commit_to_origin(target, {"config/tools.yaml": TOOLS, **files})
    Repository.of(target).fetch()


def _settings(timeout: int) -> dict[str, str | None]:
    return {"config/tools.yaml": TOOLS.replace("400", str(timeout))}


def test_a_change_that_starts_from_a_value_that_is_gone_is_superseded_and_says_so(
    target: Target, client: Client
) -> None:
    proposal = make_proposal(target, front=FRONT)
    _move(target, **_settings(800))
    assert outdated.supersede(target, LATER) == [proposal]
    proposal.refresh_from_db()
    assert proposal.status == Status.SUPERSEDED
    assert proposal.reason.startswith(
        "tools.web_search.timeout_ms is 800 on main now, and this change starts from 400"
    )
    client.force_login(make_user())
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert page.count("starts from 400: there is nothing left to decide.") >= 2
    assert "Approve this change" not in page
    assert reverse("delivery:for_proposal", args=[proposal.pk]) not in page


def test_the_log_and_git_know_what_was_compared(target: Target) -> None:
    proposal = make_proposal(target, front=FRONT)
    publish(target, NOW)
    _move(target, **_settings(800))
    outdated.supersede(target, LATER)
    entry = Entry.objects.get(event="proposal.superseded")
    assert entry.actor_type == "system"
    assert entry.facts["parameter"] == "tools.web_search.timeout_ms"
    assert (entry.facts["from"], entry.facts["present"]) == ("400", "800")
    assert entry.facts["head"] == Repository.of(target).head("main")
    publish(target, LATER)
    told = git(
        Repository.of(target).git_dir, "show", f"refs/heads/selfimprove/proposals:{proposal.path}"
    )
    assert "status: superseded" in told


def test_looking_twice_closes_once(target: Target) -> None:
    make_proposal(target, front=FRONT)
    _move(target, **_settings(800))
    assert tasks.supersede() == "1 superseded"
    assert tasks.supersede() == "0 superseded"
    assert Entry.objects.filter(event="proposal.superseded").count() == 1


def test_a_branch_that_moved_elsewhere_leaves_it_open(target: Target) -> None:
    make_proposal(target, front=FRONT)
    _move(target, **{"README.md": "new", "config/more.yaml": "timeout_ms: 9\n"})
    assert outdated.supersede(target, LATER) == []
    _move(target, **_settings(800))  # what was judged of one head says nothing of the next
    assert len(outdated.supersede(target, LATER)) == 1


def test_the_same_value_on_another_line_leaves_it_open(target: Target) -> None:
    make_proposal(target, front=FRONT)
    _move(target, **{"config/tools.yaml": f"# Limits\n{TOOLS}"})
    assert outdated.supersede(target, LATER) == []


def test_a_setting_that_is_gone_is_told_as_such(target: Target) -> None:
    proposal = make_proposal(target, front=FRONT)
    _move(target, **{"config/tools.yaml": None})
    assert outdated.supersede(target, LATER) == [proposal]
    assert "is not set on main now" in Proposal.objects.get().reason


def test_while_another_change_is_under_way_nothing_is_judged(target: Target) -> None:
    waiting = make_proposal(target, front=FRONT)
    other = make_proposal(target, status=Status.PR_OPEN)
    _move(target, **_settings(800))
    assert outdated.supersede(target, LATER) == []
    advance(other, Move.IMPLEMENT, actor=ACTOR, at=LATER)
    assert outdated.supersede(target, LATER) == [waiting]


def test_who_decides_in_the_same_moment_is_not_overruled(target: Target) -> None:
    proposal = make_proposal(target, front=FRONT)
    _move(target, **_settings(800))
    repository = Repository.of(target)
    departure = outdated._departure(proposal, repository, repository.head("main"))
    assert departure
    advance(proposal, Move.APPROVE, actor=Actor.person(make_user()), at=LATER)
    assert outdated._close(proposal, departure, LATER) is None
    assert Proposal.objects.get().status == Status.APPROVED


@pytest.mark.parametrize("status", [Status.REJECTED, Status.IMPLEMENTED, Status.REVERTED])
def test_what_a_person_decided_stays_decided(target: Target, status: Status) -> None:
    make_proposal(target, front=FRONT, status=status)
    _move(target, **_settings(800))
    assert outdated.supersede(target, LATER) == []
    assert Proposal.objects.get().status == status


def test_a_persons_change_of_no_one_setting_is_left_to_people(target: Target) -> None:
    make_proposal(target)
    _move(target, **_settings(800))
    assert outdated.supersede(target, LATER) == []


@pytest.mark.parametrize("text", ["tools: [", "\x00\xff", "tools:\n  a: 1\n  a: 2\n"])
def test_settings_that_cannot_be_read_say_nothing(target: Target, text: str) -> None:
    make_proposal(target, front=FRONT)
    _move(target, **{"config/tools.yaml": text})
    assert outdated.supersede(target, LATER) == []
