"""Do the pages stay quick with years of proposals behind them?"""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from proposals.models import Proposal, Status, Transition
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.tied import born

COUNT = 5000


@pytest.fixture
def reviewer(client: Client, target: Target) -> Client:
    """Sign in before five thousand proposals, most of them decided."""
    first = make_proposal(target)
    rows: list[Proposal] = []
    for number in range(COUNT):
        row = Proposal.objects.get(pk=first.pk) if not rows else rows[0]
        ended = number % 10
        copied = {f.attname: getattr(row, f.attname) for f in Proposal._meta.concrete_fields}
        copied |= {
            "id": uuid.uuid4(),
            "title": f"Give tool {number} time to answer",
            "status": Status.REJECTED if ended else Status.PENDING,
            "reviewer": "anna" if ended else "",
            "reason": "Not now" if ended else "",
            "created_at": NOW - timedelta(minutes=number),
        }
        rows.append(born(Proposal(**copied)))
    Transition.objects.bulk_create(
        Transition(
            proposal=row, version=0, destination=Status.PENDING, actor_type="agent",
            actor="EvalAgent", at=NOW, entry_uid=uuid.uuid4(),
        )
        for row in rows
    )  # fmt: skip
    client.force_login(make_user())
    return client


def test_lists_the_inbox_and_a_page_stay_quick_and_ask_little(
    reviewer: Client, target: Target
) -> None:
    one = Proposal.objects.get(title="Give tool 2500 time to answer")
    for address in (
        "/proposals/",
        "/proposals/?state=all&page=90",
        "/proposals/?state=all&q=tool+4321",
        "/proposals/?state=rejected&order=changed",
        "/",
        one.get_absolute_url(),
    ):
        reviewer.get(address)  # what is made once per process is not the page's
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert reviewer.get(address).status_code == 200
        assert len(asked) <= 48, f"{address} asked {len(asked)} times"
