"""Does the page show who meets whom, in a picture and in a table, at any size?"""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from proposals.models import Proposal, Status
from targets.models import Target
from targets.repository import Repository
from tests.delivery.scene import LATER, MANIFEST
from tests.factories import (
    commit_to_origin,
    make_proposal,
    make_target,
    make_user,
    proposal_text,
    tools_diff,
)
from tests.proposals.colliding.diffs import LINES, replacing
from tests.tied import place

PAGE = "/proposals/conflicts/"


@pytest.fixture
def reader(client: Client, target: Target) -> Client:
    """Sign in as somebody who may read."""
    client.force_login(make_user("viewer"))
    return client


def _shown(client: Client, query: str = "") -> str:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_asks_for_a_sign_in_and_a_role(client: Client, target: Target) -> None:
    assert client.get(PAGE).status_code == 302
    stranger = make_user("nobody")
    stranger.groups.clear()
    client.force_login(stranger)
    assert client.get(PAGE).status_code == 403


def test_empty_and_alone_and_apart_say_so(reader: Client, target: Target) -> None:
    assert "Fewer than two proposals are open" in _shown(reader)
    make_proposal(target)
    assert "Fewer than two proposals are open" in _shown(reader)
    make_proposal(target, diff=LATER)
    page = _shown(reader)
    assert "Nobody is in anybody" in page
    assert "0 of 2 open proposals" in page


def test_each_row_of_the_picture_is_a_link_that_says_whom_it_meets(
    reader: Client, target: Target
) -> None:
    one = make_proposal(target, title="Wait <longer>")
    make_proposal(target, title="Wait much longer")
    make_proposal(target, title="Elsewhere", diff=LATER)
    page = _shown(reader)
    picture = page[page.index("<svg xmlns") : page.index('<ul class="ln-legend"')]
    assert f'href="{one.get_absolute_url()}"' in picture
    assert 'aria-label="Wait &lt;longer&gt;: lines with 1"' in picture
    assert picture.count("cf-line--lines") == 1
    assert len(re.findall("cf-dot--lines", picture)) == 2
    assert "<title>the same lines: config/tools.yaml, line 3</title>" in picture
    assert "Elsewhere" not in page


def test_the_table_says_the_same(reader: Client, target: Target) -> None:
    one, two = make_proposal(target), make_proposal(target, status=Status.APPROVED)
    page = _shown(reader)
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    for proposal in (one, two):
        assert f'href="{proposal.get_absolute_url()}"' in table
    assert "The same lines" in table
    assert "line 3" in table
    assert "approved" in table


def test_many_are_paged_and_named_a_few_at_a_time(reader: Client, target: Target) -> None:
    for number in range(62):
        make_proposal(target, title=f"Number {number}")
    first, second = _shown(reader), _shown(reader, "?page=2")
    assert first.count("ln-row") == 60
    assert second.count("ln-row") == 2
    assert "and 50 more" in first
    assert "1–60 of 62" in first


@pytest.mark.parametrize(
    "query", ["?page=x", "?page=-3", "?page=9999", "?target=nope", "?target="]
)
def test_a_garbled_address_is_read_as_well_as_it_can_be(
    reader: Client, target: Target, query: str
) -> None:
    make_proposal(target)
    make_proposal(target)
    assert _shown(reader, query).count("ln-row") == 2


def test_the_decision_box_warns_of_the_same_lines(client: Client, target: Target) -> None:
    client.force_login(make_user())
    one = make_proposal(target, title="Mine")
    assert "Touches the same lines" not in _detail(client, one)
    other = make_proposal(target, title="Theirs")
    page = _detail(client, one)
    assert "Touches the same lines as another open proposal" in page
    assert other.get_absolute_url() in page
    make_proposal(target, title="Third")
    assert "Touches the same lines as 2 other open proposals" in _detail(client, one)
    for row in Proposal.objects.exclude(pk=one.pk):
        place(row, status=Status.REJECTED, reviewer="ada", reason="no")
    assert "Touches the same lines" not in _detail(client, one)


def test_the_list_leads_there(reader: Client) -> None:
    assert f'href="{PAGE}"' in reader.get(reverse("proposals:list")).content.decode()


def _detail(client: Client, proposal: Proposal) -> str:
    return client.get(proposal.get_absolute_url()).content.decode()


def test_a_step_in_common_is_drawn_by_its_own_sign(reader: Client, target: Target) -> None:
    commit_to_origin(target, {".selfimprove.toml": MANIFEST})
    repository = Repository.of(target)
    repository.fetch()
    target.head_commit, target.deploy_path = repository.head("main"), "/srv/gateway"
    target.save()
    make_proposal(target, title="One")
    make_proposal(target, title="Elsewhere", diff=LATER)
    page = _shown(reader)
    assert 'aria-label="One: deploy step with 1"' in page
    assert page.count("cf-dot--step") == 2
    assert "The same deploy step" in page
    assert "reload" in page


def test_one_target_can_be_looked_at_alone(reader: Client, target: Target, tmp_path: Path) -> None:
    other = make_target(tmp_path, slug="other")
    for place_, name in ((target, "gateway"), (other, "other")):
        for number in (1, 2):
            diff = tools_diff(2000 + number)
            text = proposal_text(target=name, title=f"{name} {number}", diff=diff)
            make_proposal(place_, text=text)
    assert _shown(reader).count("ln-row") == 4
    page = _shown(reader, "?target=other")
    assert page.count("ln-row") == 2
    assert "gateway 1" not in page
    assert "2 of 2 open proposals" in page
    assert '<option value="other" selected>' in page


def test_more_lines_than_there_is_room_for_are_left_to_the_table(
    reader: Client, tmp_path: Path
) -> None:
    paths = [f"src/part_{number}.txt" for number in range(14)]
    notes = "".join(f"line {number}\n" for number in range(1, LINES + 1))
    wide = make_target(tmp_path, slug="wide", files=dict.fromkeys(paths, notes))
    for line in (5, 50):
        diff = "".join(replacing(line, path=path) for path in paths[:10])
        make_proposal(wide, text=proposal_text(target="wide", title=f"Line {line}", diff=diff))
    page = _shown(reader, "?target=wide")
    assert page.count("cf-line--file") == 10
    assert "found no room" not in page
