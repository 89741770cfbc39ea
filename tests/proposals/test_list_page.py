"""Does the list show the right proposals, and say what an empty one means?"""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from proposals.models import Proposal, Status
from proposals.rehearsed.records import Rehearsal, Result
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.tied import born

LIST = "/proposals/"


@pytest.fixture
def reader(client: Client, target: Target) -> Client:
    """Sign in as somebody who may read."""
    client.force_login(make_user("viewer"))
    return client


def _shown(client: Client, query: str = "") -> str:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_asks_for_a_sign_in_and_a_role(client: Client, target: Target) -> None:
    assert client.get(LIST).status_code == 302
    stranger = make_user("nobody")
    stranger.groups.clear()
    client.force_login(stranger)
    assert client.get(LIST).status_code == 403


def test_it_opens_with_what_awaits_review(reader: Client, target: Target) -> None:
    make_proposal(target, title="Waits for you")
    make_proposal(target, title="Long gone", status=Status.REJECTED)
    page = _shown(reader)
    assert "Waits for you" in page
    assert "Long gone" not in page
    assert reverse("proposals:detail", args=[Proposal.objects.get(status="PENDING").pk]) in page


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("delivery", Status.APPROVED),
        ("delivery", Status.PR_OPEN),
        ("implemented", Status.IMPLEMENTED),
        ("reverted", Status.REVERTED),
        ("rejected", Status.REJECTED),
        ("ended", Status.FAILED),
        ("ended", Status.SUPERSEDED),
        ("all", Status.FAILED),
    ],
)
def test_every_state_has_its_tab(
    reader: Client, target: Target, state: str, status: Status
) -> None:
    make_proposal(target, status=status, title="Find me")
    assert "Find me" in _shown(reader, f"?state={state}")
    assert "Find me" not in _shown(reader, "?state=review")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=brave", True),
        ("?q=BRAVE", True),
        ("?q=tools.yaml", True),
        ("?q=EvalAgent", True),
        ("?q=timid", False),
        ("?severity=high", True),
        ("?severity=low", False),
        ("?risk=low&kind=bugfix&engine=embedded&target=gateway", True),
        ("?engine=person", False),
        ("?target=elsewhere", True),
        ("?severity=nonsense", True),
    ],
)
def test_filters_in_the_address_narrow_the_list(
    reader: Client, target: Target, query: str, found: bool
) -> None:
    make_proposal(target, title="A brave change", severity="high")
    assert ("A brave change" in _shown(reader, query)) is found


def test_an_id_finds_its_proposal(reader: Client, target: Target) -> None:
    wanted, other = make_proposal(target, title="This one"), make_proposal(target, title="Other")
    page = _shown(reader, f"?q={wanted.pk}")
    assert "This one" in page
    assert str(other.pk) not in page


def test_the_order_can_be_chosen(reader: Client, target: Target) -> None:
    make_proposal(target, title="First", at=NOW)
    make_proposal(target, title="Second", at=NOW.replace(hour=20))
    newest, oldest = _shown(reader), _shown(reader, "?order=oldest")
    assert newest.index("Second") < newest.index("First")
    assert oldest.index("First") < oldest.index("Second")


def test_an_empty_list_says_what_will_happen_next(reader: Client, target: Target) -> None:
    assert "a proposal appears here" in _shown(reader)
    assert "taken back by itself" in _shown(reader, "?state=reverted")
    assert "Loosen one of them" in _shown(reader, "?q=zebra")


def test_it_looks_again_only_while_something_moves(reader: Client, target: Target) -> None:
    make_proposal(target)
    assert "every 2s" not in _shown(reader)
    Proposal.objects.update(report=None)
    assert "every 2s" in _shown(reader)


def test_a_fragment_is_the_rows_alone(reader: Client, target: Target) -> None:
    make_proposal(target, title="Only rows")
    text = reader.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert text.lstrip().startswith("<div")
    assert "Only rows" in text
    assert "<html" not in text


def test_a_rehearsal_that_failed_is_seen_in_the_list(reader: Client, target: Target) -> None:
    make_proposal(target)
    said = Result.CONFLICTS.label
    assert said not in _shown(reader)
    Rehearsal.objects.update(result=Result.CONFLICTS)
    assert said in _shown(reader)
    Rehearsal.objects.update(diff_digest="0" * 64)  # of words that are others by now
    assert said not in _shown(reader)


def test_fifty_to_a_page_and_few_queries(
    reader: Client, target: Target, django_assert_max_num_queries: object
) -> None:
    first = make_proposal(target)
    row = Proposal.objects.filter(pk=first.pk).values().get()
    for number in range(59):
        born(Proposal(**{**row, "id": uuid.uuid4(), "title": f"Copy {number:02d}"}))
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        page = _shown(reader)
    assert page.count('class="si-row"') == 50
    assert "1–50 of 60" in page
    assert _shown(reader, "?page=2").count('class="si-row"') == 10


def test_titles_are_shown_as_text(reader: Client, target: Target) -> None:
    make_proposal(target, title="<script>alert(1)</script> & more")
    page = _shown(reader)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
