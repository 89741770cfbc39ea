"""Do the doors ask few questions, and stay complete, with ten thousand proposals behind them?"""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from proposals.models import Proposal, Status, Transition
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import Program, program, said
from tests.chat.talking import SECRET, Talk, account
from tests.factories import NOW, make_proposal, make_target, make_user
from tests.tied import born

pytestmark = pytest.mark.django_db
COUNT = 10_000
FEW_QUESTIONS = 12
FEW_IN_A_CHAT = 54  # the account, its line of the log and the answer are among them


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita(target: Target) -> User:
    """Fill the house before somebody comes; each ten of them were written in one moment."""
    first = make_proposal(target)
    copied = {f.attname: getattr(first, f.attname) for f in Proposal._meta.concrete_fields}
    rows = []
    for number in range(COUNT):
        own = {
            "id": uuid.uuid4(),
            "title": f"Give tool {number} time to answer",
            "created_at": NOW - timedelta(minutes=number // 10),
        }
        rows.append(born(Proposal(**{**copied, **own})))
    Transition.objects.bulk_create(
        Transition(
            proposal=row, version=0, destination=Status.PENDING, actor_type="agent",
            actor="EvalAgent", at=NOW, entry_uid=uuid.uuid4(),
        )
        for row in rows
    )  # fmt: skip
    return make_user("reviewer", name="rita")


@pytest.fixture
def reader(target: Target, rita: User) -> Program:
    return program(target, Scope.PROPOSALS_READ, person=rita)


def test_both_doors_ask_little_and_stay_complete(
    target: Target, rita: User, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_WEBHOOK_SECRET", SECRET)
    a_page_of_the_list_asks_as_little_wherever_it_is(reader)
    who_reads_on_and_on_sees_each_once(reader)
    a_chat_finds_one_among_them_and_lists_ten(rita)


def a_page_of_the_list_asks_as_little_wherever_it_is(reader: Program) -> None:
    reader.get("proposals")  # what is made once per process is not the page's
    deep = Proposal.objects.get(title="Give tool 9000 time to answer")
    for wanted in ({}, {"after": str(deep.pk)}, {"q": "tool 4321"}, {"status": "REJECTED"}):
        with CaptureQueriesContext(connection) as asked:
            page = said(reader.get("proposals", limit=50, **wanted), 200)
        assert len(asked) <= FEW_QUESTIONS, wanted
        assert len(page["proposals"]) <= 50


def who_reads_on_and_on_sees_each_once(reader: Program) -> None:
    seen: list[str] = []
    after = ""
    for _ in range(12):
        page = said(reader.get("proposals", limit=50, after=after), 200)
        seen += [row["id"] for row in page["proposals"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 600
    newest = Proposal.objects.order_by("-created_at", "pk").values_list("pk", flat=True)[:600]
    assert seen == [str(pk) for pk in newest]


def a_chat_finds_one_among_them_and_lists_ten(rita: User) -> None:
    account(rita)
    talk = Talk()
    talk("help")
    one = Proposal.objects.get(title="Give tool 7777 time to answer")
    for line, words in (
        ("list", f"These are the newest 10 of {COUNT + 1}"),
        (f"show {str(one.pk)[:13]}", "Give tool 7777"),
        (f"reject {one.pk} Too many.", "Rejected"),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert words in talk(line)
        assert len(asked) <= FEW_IN_A_CHAT, line
