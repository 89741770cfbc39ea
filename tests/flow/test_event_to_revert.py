"""The story, told once: a failure is found, fixed and measured; a harmful change comes back."""

import subprocess
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from audit import sequencer, verify
from audit.events import Event
from audit.models import Entry
from proposals import outdated
from proposals.models import Engine, Proposal, RejectedInput, Status
from selfimprove.demo import example, story
from tests.flow.world import SECRET, World

pytestmark = pytest.mark.django_db


def test_the_whole_story(tmp_path: Path, client: Client) -> None:
    world = World(tmp_path)
    world.pass_minutes(90)
    assert world.evaluate().proposed == 1

    fix = Proposal.objects.get(engine=Engine.EMBEDDED)
    _reads_and_approves(client, fix)
    assert world.deliver(fix).stage == "watch"
    world.pass_minutes(75)
    assert world.deliver(fix).watch.verdict == "implemented"
    assert _status(fix) == Status.IMPLEMENTED
    healthy = _git(world.origin, "rev-parse", "main^{tree}")

    world.pass_minutes(120)
    harmful = story.propose_harmful(world.at)
    world.check()
    _reads_and_approves(client, harmful)
    world.deliver(harmful)
    assert "max_calls_per_second: 12" in _git(world.origin, "show", "main:config/tools.yaml")
    world.pass_minutes(60)
    assert world.evaluate().proposed == 1
    answer = Proposal.objects.get(parameter="tools.ledger.max_calls_per_second")
    delivery = world.deliver(harmful)
    assert _status(harmful) == Status.REVERTED
    assert "Failures rose" in delivery.revert_reason or "broken" in delivery.revert_reason
    _is_as_before(world, healthy)
    assert outdated.supersede(world.target, world.at) == [answer]

    _leaves_its_traces(world, fix, harmful)


def _is_as_before(world: World, tree: str) -> None:
    assert _git(world.origin, "rev-parse", "main^{tree}") == tree
    assert "max_calls_per_second: 4" in (world.live / "config" / "tools.yaml").read_text()


def _leaves_its_traces(world: World, fix: Proposal, harmful: Proposal) -> None:
    _is_on_the_log(fix, harmful)
    _is_in_git(world, fix, harmful)
    assert not RejectedInput.objects.exists()
    assert _places_of(SECRET) == []


def _reads_and_approves(client: Client, proposal: Proposal) -> None:
    client.login(username="rita", password="rita")
    page = client.get(proposal.get_absolute_url())
    assert proposal.title in page.content.decode()
    answer = client.post(
        f"{proposal.get_absolute_url()}approve/", {"document_digest": proposal.document_digest}
    )
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    assert _status(proposal) == Status.APPROVED


def _status(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).status


def _is_on_the_log(fix: Proposal, harmful: Proposal) -> None:
    last = Entry.objects.latest("pk")
    acted = Entry.objects.filter(actor_type="person")
    assert {entry.who for entry in acted} >= {"rita"}
    assert not any("rita" in entry.body for entry in Entry.objects.all())
    sequencer.seal(last.at)
    verdict = verify.verify()
    assert verdict.ok, verdict.problems
    assert verdict.unsealed == 0
    told = set(Entry.objects.filter(subject=f"proposal:{fix.pk}").values_list("event", flat=True))
    assert {Event.PROPOSAL_CREATED, Event.PROPOSAL_APPROVED, Event.PROPOSAL_IMPLEMENTED} <= told
    reverted = Entry.objects.get(event=Event.PROPOSAL_REVERTED)
    assert reverted.subject == f"proposal:{harmful.pk}"
    assert reverted.reason


def _is_in_git(world: World, fix: Proposal, harmful: Proposal) -> None:
    branch = "selfimprove/proposals"
    index = _git(world.origin, "show", f"{branch}:index.md")
    assert fix.title in index
    assert harmful.title in index
    document = _git(world.origin, "show", f"{branch}:{harmful.path}")
    assert "status: reverted" in document
    heads = _git(world.origin, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")
    assert set(heads.split()) == {"main", branch}


def _places_of(secret: str) -> list[str]:
    """Name every table that holds the secret anywhere."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            if any(secret in str(cell) for row in cursor.fetchall() for cell in row):
                found.append(table)
    return found


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_shipped_harmful_proposal_reads_as_a_persons_and_is_submitted_once(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    first = story.propose_harmful(world.at)
    assert story.propose_harmful(world.at) == first
    assert first.engine == Engine.PERSON
    assert first.target.slug == example.SLUG
