"""What does a person see of proposals in a chat, and how much must they have read to approve?"""

import uuid
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from proposals.models import Proposal
from selfimprove.chat import finding
from selfimprove.chat.commands import Unclear
from selfimprove.models import ChatReading
from targets.models import Target
from tests.chat.talking import Talk, account
from tests.factories import make_proposal, make_user, proposal_text, tools_diff
from validation.models import Outcome, Report

pytestmark = pytest.mark.django_db
LONG = "word " * 2000


def short(proposal: Proposal) -> str:
    return str(proposal.pk)[:8]


def long_one(target: Target) -> Proposal:
    text = proposal_text(diff=tools_diff(1500))
    return make_proposal(target, text=text.replace("nothing else changes.", LONG))


def test_the_list_names_what_waits_the_newest_first(target: Target, talk: Talk) -> None:
    first, second = make_proposal(target), make_proposal(target, risk="high")
    Proposal.objects.filter(pk=first.pk).update(created_at=second.created_at - timedelta(days=1))
    lines = talk("proposals list").splitlines()
    assert [line[:8] for line in lines] == [short(second), short(first)]
    assert "risk high" in lines[0]
    assert "check: passed" in lines[0]


def test_other_states_are_listed_by_their_name(target: Target, talk: Talk) -> None:
    rejected = make_proposal(target, status="REJECTED")
    assert short(rejected) in talk("list rejected")
    assert talk("list") == "No proposal is “awaiting review”."
    assert talk("list in delivery") == "No proposal is “in delivery”."
    assert "there are pending, approved" in talk("list boring")


def test_a_long_list_says_where_the_rest_is(target: Target, talk: Talk) -> None:
    for _ in range(11):
        make_proposal(target)
    lines = talk("list").splitlines()
    assert len(lines) == 11
    assert lines[-1] == "These are the newest 10 of 11; /proposals/ has all."


def test_one_is_shown_with_its_words_its_diff_and_what_to_do(target: Target, talk: Talk) -> None:
    proposal = make_proposal(target)
    said = talk(f"show {short(proposal)}")
    assert "web_search` is given up after 400 ms" in said
    assert "-    timeout_ms: 400" in said
    assert f"approve {short(proposal)}" in said
    assert proposal.get_absolute_url() in said
    reading = ChatReading.objects.get()
    assert (reading.digest, reading.part, reading.parts) == (proposal.document_digest, 1, 1)


def test_what_an_approval_must_say_yes_to_is_said(target: Target, talk: Talk) -> None:
    proposal = make_proposal(target, risk="high")
    Report.objects.filter(proposals=proposal).update(outcome=Outcome.ACKNOWLEDGE)
    said = talk(f"show {short(proposal)}")
    assert "has to say --acknowledge" in said
    assert "Two people have to approve it; so far nobody did" in said


def test_a_long_one_comes_in_parts_and_is_read_when_all_were_shown(
    target: Target, talk: Talk, settings: LazySettings
) -> None:
    proposal = long_one(target)
    first = talk(f"show {short(proposal)}")
    assert len(first) <= settings.SELFIMPROVE.chat.longest_answer
    assert "Part 1 of 2:" in first
    assert f"Goes on: show {short(proposal)} 2" in first
    assert "Read it first, to its end" in talk(f"approve {short(proposal)}")
    last = talk(f"show {short(proposal)} 2")
    assert f"To decide: approve {short(proposal)}" in last
    assert "Approved" in talk(f"approve {short(proposal)}")


def test_the_last_part_alone_is_not_the_whole(target: Target, talk: Talk) -> None:
    proposal = long_one(target)
    assert "Goes on: show" in talk(f"show {short(proposal)} 2")
    assert "Read it first" in talk(f"approve {short(proposal)}")


def test_parts_of_other_words_do_not_count(target: Target, talk: Talk) -> None:
    proposal = long_one(target)
    talk(f"show {short(proposal)} 1")
    Proposal.objects.filter(pk=proposal.pk).update(document_digest="1" * 64)
    talk(f"show {short(proposal)} 2")
    assert ChatReading.objects.get().part == 0
    assert "Read it first" in talk(f"approve {short(proposal)}")


@pytest.mark.parametrize("part", ["0", "3", "-1", "two", "9" * 30, "²"])
def test_a_part_that_is_none_is_told(target: Target, talk: Talk, part: str) -> None:
    proposal = make_proposal(target)
    assert "is no part of it; there are 1 to 1" in talk(f"show {short(proposal)} {part}")


def test_an_old_reading_has_to_be_read_again(target: Target, talk: Talk) -> None:
    proposal = make_proposal(target)
    talk(f"show {short(proposal)}")
    ChatReading.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert "Read it first" in talk(f"approve {short(proposal)}")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("zzzz", "“zzzz” is no id"),
        ("3f2", "is too short: give at least 4"),
        ("0" * 33, "is no id"),
        ("ffffffff", "No proposal has an id that begins with ffffffff"),
        ("' or 1=1", "is no id"),
    ],
)
def test_an_id_that_names_nothing_is_told(
    target: Target, talk: Talk, wanted: str, words: str
) -> None:
    make_proposal(target)
    assert words in talk(f"show {wanted}")


def _with_id(target: Target, number: str) -> Proposal:
    text = proposal_text(diff=tools_diff(2000 + int(number[-2:])), front=f"id: {number}\n")
    return make_proposal(target, text=text)


def test_a_short_id_that_names_two_is_told_both(target: Target, talk: Talk) -> None:
    ids = [f"abcdef01-0000-4000-8000-0000000000{n:02}" for n in (1, 2)]
    for number in ids:
        _with_id(target, number)
    said = talk("show abcdef01")
    assert "begins several ids" in said
    assert all(number in said for number in ids)
    assert ids[0][:8] in talk(f"show {ids[0]}")
    assert finding.find(ids[1].replace("-", "")[:32]).pk == uuid.UUID(ids[1])
    with pytest.raises(Unclear, match="several"):
        finding.find("ABCD-EF01")


def test_who_may_see_nothing_sees_nothing(target: Target, talk: Talk, rita: User) -> None:
    proposal = make_proposal(target)
    rita.groups.clear()
    for said in ("list", f"show {short(proposal)}", f"reject {short(proposal)} no"):
        assert talk(said) == "You may not see proposals. Nothing was changed."
    assert "proposals list" in talk("help")


def test_nothing_hidden_and_no_secret_is_shown(target: Target, talk: Talk) -> None:
    proposal = make_proposal(target)
    secret = "ghp_" + "a1B2" * 9
    Proposal.objects.filter(pk=proposal.pk).update(
        title=f"Look\u202e {secret}", document=f"{proposal.document}\n{secret}\u200b"
    )
    for said in (talk("list"), talk(f"show {short(proposal)}")):
        assert secret not in said
        assert "\u202e" not in said
        assert "\u200b" not in said


def test_a_word_that_is_no_command_is_no_way_to_say_something_in_our_name(talk: Talk) -> None:
    said = talk("\u202eevil ghp_" + "a1B2" * 9)
    assert "\u202e" not in said
    assert "a1B2a1B2" not in said


def test_an_unknown_account_is_told_how_to_be_known(target: Target) -> None:
    said = Talk("U9")("list", team="ops")
    assert "stands for nobody here, so nothing was done" in said
    assert "/admin/selfimprove/chataccount/add/" in said
    assert "place chat:ops and user U9" in said


def test_whoever_is_shut_out_is_nobody(talk: Talk, rita: User) -> None:
    rita.is_active = False
    rita.save()
    assert "stands for nobody" in talk("list")


def test_the_viewer_reads_and_does_not_decide(target: Target) -> None:
    account(make_user("viewer"), "U3")
    proposal = make_proposal(target)
    viewer = Talk("U3")
    viewer(f"show {short(proposal)}")
    assert "You may not decide" in viewer(f"approve {short(proposal)}")
    assert "You may not decide" in viewer(f"reject {short(proposal)} no")
    proposal.refresh_from_db()
    assert proposal.status == "PENDING"
