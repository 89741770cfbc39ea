"""Are open proposals that get in each other's way found, named, and found again?"""

import itertools
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from proposals.colliding import graph
from proposals.colliding.groups import Kind
from proposals.models import Proposal, Status
from targets.models import Target
from targets.repository import Repository
from tests.delivery.scene import LATER, MANIFEST
from tests.factories import (
    FILES,
    commit_to_origin,
    make_proposal,
    make_target,
    proposal_text,
    tools_diff,
)
from tests.proposals.colliding.diffs import LINES, replacing
from tests.tied import born, place

NOTES = "".join(f"line {number}\n" for number in range(1, LINES + 1))
_numbers = itertools.count()


@pytest.fixture
def target(tmp_path: Path, db: None) -> Target:
    """Make a target with a file that has room for several."""
    return make_target(tmp_path, files={**FILES, "a.txt": NOTES})


def _open(target: Target, title: str, *lines: int) -> Proposal:
    diff = replacing(*lines, by=f"new {next(_numbers)}, ")
    return make_proposal(target, title=title, diff=diff)


def _kinds() -> dict[Kind, list[set[str]]]:
    found: dict[Kind, list[set[str]]] = {}
    for one in graph.groups():
        titles = Proposal.objects.filter(pk__in=one.members).values_list("title", flat=True)
        found.setdefault(one.kind, []).append(set(titles))
    return found


def test_without_proposals_nobody_meets(target: Target) -> None:
    assert graph.groups() == ()
    make_proposal(target)
    assert graph.groups() == ()


def test_the_same_line_is_graver_than_the_same_file(target: Target) -> None:
    _open(target, "One", 30)
    _open(target, "Two", 32)
    _open(target, "Below", 50)
    make_proposal(target, title="Elsewhere", diff=LATER)
    assert _kinds() == {Kind.LINES: [{"One", "Two"}], Kind.FILE: [{"One", "Two", "Below"}]}
    lines = graph.groups()[0]
    assert (lines.name, lines.where, lines.target) == ("a.txt", "lines 30–32", "gateway")


def test_what_is_decided_stands_in_nobodys_way(target: Target) -> None:
    make_proposal(target, title="Open")
    for status in (Status.REJECTED, Status.SUPERSEDED, Status.IMPLEMENTED):
        make_proposal(target, status=status)
    assert graph.groups() == ()
    make_proposal(target, title="Under way", status=Status.PR_OPEN)
    assert _kinds()[Kind.LINES] == [{"Open", "Under way"}]


def test_two_targets_have_nothing_in_common(target: Target, tmp_path: Path) -> None:
    make_proposal(target)
    other = make_target(tmp_path, slug="other")
    make_proposal(other, text=proposal_text(target="other", diff=tools_diff(1999)))
    assert graph.groups() == ()


def test_the_same_deploy_step_is_found_in_the_manifest_of_the_head(target: Target) -> None:
    make_proposal(target, title="One")
    make_proposal(target, title="Elsewhere", diff=LATER)
    commit_to_origin(target, {".selfimprove.toml": MANIFEST})
    repository = Repository.of(target)
    repository.fetch()
    target.head_commit = repository.head("main")
    target.save()
    assert graph.groups() == ()  # it is not deployed
    target.deploy_path = "/srv/gateway"
    target.save()
    place(Proposal.objects.get(title="One"), status=Status.APPROVED, reviewer="ada")
    assert _kinds() == {Kind.STEP: [{"One", "Elsewhere"}]}


def test_a_manifest_that_cannot_be_read_names_no_step(target: Target) -> None:
    target.deploy_path, target.head_commit = "/srv/gateway", "f" * 40
    target.save()
    make_proposal(target)
    make_proposal(target, diff=LATER)
    assert graph.groups() == ()


def test_looking_again_reads_no_diff(target: Target) -> None:
    make_proposal(target)
    make_proposal(target)
    first = graph.groups()
    with CaptureQueriesContext(connection) as asked:
        assert graph.groups() == first
    assert len(asked) == 1
    assert '"diff"' not in asked[0]["sql"]


def test_a_proposal_names_only_whom_it_meets_itself(target: Target) -> None:
    _open(target, "First", 3)
    middle = _open(target, "Middle", 3, 40)
    _open(target, "Last", 40)
    assert [one.proposal.title for one in graph.touching(Proposal.objects.get(title="First"))] == [
        "Middle"
    ]
    found = graph.touching(middle)
    assert {one.proposal.title for one in found} == {"First", "Last"}
    assert found[0].files == ("a.txt",)
    assert len(graph.groups()) == 1
    place(middle, status=Status.REJECTED, reviewer="ada", reason="no")
    assert graph.touching(middle) == []


def test_the_command_tells_people_and_programs(target: Target) -> None:
    out = StringIO()
    call_command("conflicts", stdout=out)
    assert out.getvalue() == "No open proposal is in another's way.\n"
    one, two = make_proposal(target), make_proposal(target)
    out = StringIO()
    call_command("conflicts", stdout=out)
    assert "gateway: the same lines, config/tools.yaml, line 3" in out.getvalue()
    out = StringIO()
    call_command("conflicts", "--json", "--target", "gateway", stdout=out)
    [told] = json.loads(out.getvalue())
    assert set(told.pop("proposals")) == {str(one.pk), str(two.pk)}
    assert told == (
        {
            "kind": "lines",
            "target": "gateway",
            "name": "config/tools.yaml",
            "where": "line 3",
        }
    )
    with pytest.raises(CommandError, match="There is no target 'nope'"):
        call_command("conflicts", "--target", "nope")


def test_many_open_proposals_are_compared_at_once(target: Target) -> None:
    pattern = make_proposal(target)
    for number in range(200):
        _copy(pattern, number)
    found = graph.groups()
    assert sum(one.kind is Kind.LINES for one in found) == 10
    with CaptureQueriesContext(connection) as again:
        assert graph.groups() == found
    assert not any('"diff"' in one["sql"] for one in again)


def _copy(pattern: Proposal, number: int) -> None:
    values = {
        field.attname: getattr(pattern, field.attname)
        for field in Proposal._meta.concrete_fields
        if field.attname not in ("id", "last_transition_id", "version")
    }
    path = f"src/module_{number % 10}.py"
    diff = replacing(1 + number // 10 * 2, 40, path=path)
    born(Proposal(**values | {"diff": diff, "diff_digest": f"{number:064x}"}))
