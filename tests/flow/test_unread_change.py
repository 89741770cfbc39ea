"""A change that nobody reads, told once: code fixers write it, people are told, it is merged."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from audit import sequencer, verify
from audit.models import Entry
from delivery import pipeline, rehearsal
from delivery.windows import waiting
from generations.models import Generation, Outcome
from proposals import checks
from proposals.models import Proposal, Status
from proposals.standing import applying, rules
from proposals.standing.records import Announcement, Passage
from targets.models import Target
from tests.factories import NOW, git, make_user
from tests.generations.embedded.walking import SHOP, target, walk
from tests.generations.scene import TESTS, UNITTEST
from tests.proposals.standing.scene import QUIET, fresh, in_force

pytestmark = pytest.mark.django_db
FILES = {
    **SHOP,
    ".selfimprove.toml": UNITTEST,
    "test_shop.py": TESTS,
    **{f"shop/more_{n}.py": f'"""More."""\n\nimport os\n\nCOUNT = {n}\n' for n in range(2)},
}


def test_from_a_generation_to_a_merge_without_a_person(
    tmp_path: Path, settings: LazySettings, client: Client
) -> None:
    on = target(
        tmp_path,
        settings,
        FILES,
        benchmarks=("lint_score",),
        pythons={"shop": Path(sys.executable)},
    )
    in_force(on, risk="medium", paths=("shop/*.py",), most_files=5, proven=False)
    generation = walk(on)
    proposal = checked(generation)
    assert proposal.judgement.label == generation.runs.get(phase="decide").details["label"]

    at = NOW + timedelta(hours=1)
    assert applying.look(fresh(proposal), at, waiting.shut_for) == "announced", table(proposal)
    announced(client, proposal)
    at += QUIET - timedelta(seconds=1)
    assert applying.look(fresh(proposal), at, waiting.shut_for) == ""
    at += timedelta(seconds=1)
    assert applying.look(fresh(proposal), at, waiting.shut_for) == "approved"
    assert fresh(proposal).status == Status.APPROVED
    merged(fresh(proposal), on)


def checked(generation: Generation) -> Proposal:
    """Let the gates and the rehearsal look at what was proposed."""
    assert generation.outcome == Outcome.ACCEPTED, generation.reason
    proposal = Proposal.objects.get()
    checks.check(fresh(proposal), NOW)
    rehearsal.rehearse(fresh(proposal), NOW)
    return fresh(proposal)


def table(proposal: Proposal) -> list[str]:
    [approval] = applying.of_target(proposal.target)
    lines = applying.weighed(approval, fresh(proposal), NOW).lines
    return [f"{one.bound}: {one.found}" for one in rules.missed(lines)]


def announced(client: Client, proposal: Proposal) -> None:
    """Look at what people are told in time."""
    client.force_login(make_user("reviewer", name="rita"))
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "unless somebody rejects or holds it" in page
    assert Announcement.objects.get().proposal == proposal


def merged(proposal: Proposal, on: Target) -> None:
    """Deliver it, and look at what stays of it in git and on the log."""
    delivery = pipeline.begin(proposal, NOW + timedelta(hours=2))
    pipeline.drive(delivery.pk, lambda: NOW + timedelta(hours=2))
    delivery.refresh_from_db()
    assert delivery.merge_commit, delivery.detail
    passage = Passage.objects.get()
    said = git(Path(on.origin), "log", "-1", "--format=%B", "main")
    assert f"Approved-by: {passage}" in said
    assert "import os" not in git(Path(on.origin), "show", "main:shop/prices.py")
    entry = Entry.objects.get(event="proposal.approved")
    assert entry.actor_type == "system"
    assert not proposal.reviews.exists()
    sequencer.seal(NOW + timedelta(hours=3))
    assert verify.verify().ok
