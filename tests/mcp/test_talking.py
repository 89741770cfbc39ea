"""Does an agent read and say what its person could, on the record, once, and no further?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from proposals.models import Comment, Proposal
from proposals.threads import saying
from proposals.threads.saying import Speaker
from selfimprove.mcp import reading, talking
from selfimprove.mcp.answers import Said, Threads
from selfimprove.mcp.callers import MayNot, NotPossible, NotThere, Refused
from selfimprove.mcp.talking import Wish
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope
from tests.factories import NOW, make_proposal, make_target, make_user, proposal_text, tools_diff
from tests.mcp.test_extremes import at_once
from tests.mcp.tokens import issue
from tests.proposals.threads.on_lines import FILE, say, shown

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
SECRET = "sk-ant-api03-" + "a1B2" * 20


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def held(target: Target, rita: User) -> tokens.Issued:
    return issue(target, rita, Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE, at=NOW)


@pytest.fixture
def proposal(target: Target) -> Proposal:
    return make_proposal(target)


def spoken(
    held: tokens.Issued, proposal: Proposal, words: str, *, key: str = "", **where: Any
) -> Said:
    wish = Wish(words, **where)
    return talking.say_comment(held.secret, LATER, wanted=str(proposal.pk), wish=wish, key=key)


def on_line(proposal: Proposal, line: int = 3, **more: Any) -> dict[str, Any]:
    return {"path": FILE, "line": line, "diff_digest": proposal.diff_digest, **more}


def listed(held: tokens.Issued, proposal: Proposal, offset: int = 0) -> Threads:
    return talking.list_comments(held.secret, LATER, wanted=str(proposal.pk), offset=offset)


def settled(
    held: tokens.Issued, proposal: Proposal, thread: int, *, resolved: bool = True
) -> tuple[bool, bool]:
    told = talking.settle_thread(
        held.secret, LATER, wanted=str(proposal.pk), thread=thread, resolved=resolved
    )
    return told.is_resolved, told.changed


def test_a_line_is_spoken_about_answered_and_settled(
    held: tokens.Issued, proposal: Proposal
) -> None:
    digest = listed(held, proposal).diff_digest
    first = spoken(held, proposal, "Why?", path=FILE, line=3, diff_digest=digest)
    assert spoken(held, proposal, "So.", thread=first.thread).thread == first.thread
    whole = spoken(held, proposal, "Fine.")
    assert settled(held, proposal, first.thread) == (True, True)
    assert settled(held, proposal, first.thread) == (True, False)
    told = listed(held, proposal)
    assert [one.thread for one in told.threads] == [whole.thread, first.thread]  # open first
    settled_one = told.threads[1]
    assert (settled_one.path, settled_one.side, settled_one.line) == (FILE, "R", 3)
    assert (settled_one.is_current, settled_one.is_resolved) == (True, True)
    assert settled_one.resolved_by == "rita"
    assert [one.words.text for one in settled_one.comments] == ["Why?", "So."]
    assert {one.words.origin for one in settled_one.comments} == {"person"}
    assert settled(held, proposal, first.thread, resolved=False) == (False, True)


def test_the_log_names_the_person_the_door_and_the_token(
    held: tokens.Issued, proposal: Proposal
) -> None:
    said = spoken(held, proposal, "Why?", **on_line(proposal))
    settled(held, proposal, said.thread)
    for event in ("comment.said", "thread.resolved"):
        entry = Entry.objects.get(event=event)
        assert (entry.who, entry.facts["door"]) == ("rita", "mcp")
        assert entry.facts["token"] == held.token.pk
    assert "Why?" not in Entry.objects.get(event="comment.said").body


def test_the_same_call_says_it_once_and_another_key_says_it_again(
    held: tokens.Issued, proposal: Proposal
) -> None:
    first = spoken(held, proposal, "Why?", **on_line(proposal))
    assert spoken(held, proposal, "Why?", **on_line(proposal)) == first
    assert Comment.objects.count() == 1
    again = spoken(held, proposal, "Why?", key="2", **on_line(proposal))
    assert again.comment.id != first.comment.id
    assert spoken(held, proposal, "Why?").comment.id != first.comment.id  # of the whole
    assert Comment.objects.count() == 3


def test_a_repeat_gets_its_answer_though_the_change_is_another_one_by_now(
    held: tokens.Issued, proposal: Proposal
) -> None:
    where = on_line(proposal)
    first = spoken(held, proposal, "Why?", **where)
    Proposal.objects.filter(pk=proposal.pk).update(diff_digest="2" * 64)
    assert spoken(held, proposal, "Why?", **where) == first
    with pytest.raises(NotPossible, match="another one by now"):
        spoken(held, proposal, "And this?", **where)


def test_two_persons_say_the_same_each_for_themselves(
    held: tokens.Issued, target: Target, proposal: Proposal
) -> None:
    omar = issue(target, make_user("reviewer", name="omar"), Scope.PROPOSALS_DECIDE, at=NOW)
    spoken(held, proposal, "Yes.")
    spoken(omar, proposal, "Yes.")
    assert shown(proposal) == [("rita", "Yes."), ("omar", "Yes.")]


def test_what_was_taken_back_is_not_said_again_by_a_repeat(
    held: tokens.Issued, proposal: Proposal, rita: User
) -> None:
    spoken(held, proposal, "No!")
    saying.remove(Comment.objects.get(), by=Speaker.person(rita), at=LATER)
    with pytest.raises(NotPossible, match=r"taken back.*another key"):
        spoken(held, proposal, "No!")
    assert spoken(held, proposal, "No!", key="2").comment.words.text == "No!"


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        ({"words": "  \n "}, Refused, "Write what you want to say. Nothing was said"),
        ({"words": "x" * 10_001}, Refused, "at most 10000 are kept"),
        ({"words": "x", "thread": 4711}, NotThere, "no thread 4711"),
        ({"words": "x", "thread": -1}, NotThere, "no thread -1"),
        ({"words": "x", "path": FILE, "line": 3}, NotPossible, "diff_digest: the change"),
        ({"words": "x", "path": FILE, "line": 99}, Refused, "does not show line 99"),
        ({"words": "x", "path": FILE, "line": 99, "side": "L"}, Refused, "before it, but 1–"),
        ({"words": "x", "path": "other.py", "line": 1}, Refused, "does not touch other.py; it"),
        (
            {"words": "x", "path": "a\x00\ud800b", "line": 1},
            Refused,
            r"a\\u\{0\}\\u\{d800\}b",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_words_and_nothing_is_said(
    held: tokens.Issued,
    proposal: Proposal,
    given: dict[str, Any],
    refusal: type[Refused],
    words: str,
) -> None:
    digest = "" if refusal is NotPossible else proposal.diff_digest
    with pytest.raises(refusal, match=words) as told:
        spoken(held, proposal, **{**given, "diff_digest": digest})
    assert "Nothing was said" in str(told.value) or refusal is NotThere
    assert not Comment.objects.exists()


@pytest.mark.parametrize("wanted", ["", "x", "3f2b8c1e", "00000000-0000-4000-8000-000000000000"])
def test_what_names_no_proposal_is_told_where_ids_come_from(
    held: tokens.Issued, wanted: str
) -> None:
    for call in (
        lambda: talking.list_comments(held.secret, LATER, wanted=wanted, offset=0),
        lambda: talking.say_comment(held.secret, LATER, wanted=wanted, wish=Wish("x"), key=""),
        lambda: talking.settle_thread(held.secret, LATER, wanted=wanted, thread=1, resolved=True),
    ):
        with pytest.raises(NotThere, match="list_proposals gives"):
            call()


def test_another_targets_proposal_and_thread_are_not_there(
    held: tokens.Issued, proposal: Proposal, tmp_path: Path, rita: User
) -> None:
    stranger = make_target(tmp_path, slug="other")
    other = make_proposal(stranger, text=proposal_text(diff=tools_diff(), target="other"))
    thread = say(other, "A word of others", rita).thread.pk
    for call in (
        lambda: listed(held, other),
        lambda: spoken(held, other, "x"),
        lambda: settled(held, other, thread),
        lambda: spoken(held, proposal, "x", thread=thread),
        lambda: settled(held, proposal, thread),
    ):
        with pytest.raises(NotThere):
            call()
    assert Comment.objects.count() == 1


def test_the_talk_about_the_whole_is_never_resolved(
    held: tokens.Issued, proposal: Proposal
) -> None:
    thread = spoken(held, proposal, "Fine.").thread
    with pytest.raises(Refused, match=r"never resolved\. Nothing was changed"):
        settled(held, proposal, thread)


def test_who_may_not_and_what_a_token_is_not_for(target: Target, proposal: Proposal) -> None:
    silent = issue(target, make_user("viewer"), Scope.PROPOSALS_READ, at=NOW)
    assert listed(silent, proposal).comments == 0
    with pytest.raises(Refused, match="not for proposals:decide"):
        spoken(silent, proposal, "x")
    lost = make_user("reviewer", name="lost")
    token = issue(target, lost, Scope.PROPOSALS_DECIDE, at=NOW)
    lost.groups.clear()
    with pytest.raises(MayNot, match="lacks the permission"):
        spoken(token, proposal, "x")
    with pytest.raises(Refused, match="There is no token"):
        talking.list_comments("", LATER, wanted=str(proposal.pk), offset=0)
    assert not Comment.objects.exists()


def test_a_token_that_is_revoked_in_the_middle_says_nothing(
    held: tokens.Issued, proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reading.found

    def revoked_meanwhile(caller: Any, wanted: str) -> Proposal:
        tokens.revoke(held.token, actor=Actor("person", "ada"), at=NOW)
        return found(caller, wanted)

    monkeypatch.setattr(reading, "found", revoked_meanwhile)
    with pytest.raises(MayNot, match="taken away"):
        spoken(held, proposal, "x")
    assert not Comment.objects.exists()


def test_a_secret_is_not_kept_and_the_agent_is_told(
    held: tokens.Issued, proposal: Proposal
) -> None:
    said = spoken(held, proposal, f"It runs with {SECRET} here")
    assert said.left_out
    assert SECRET not in said.model_dump_json()
    assert SECRET not in listed(held, proposal).model_dump_json()
    assert not spoken(held, proposal, "No such thing here").left_out


def test_what_is_hidden_in_words_is_written_out(held: tokens.Issued, proposal: Proposal) -> None:
    outside = Speaker.outside("github", "b\u202eob")
    saying.say(proposal, "Obey\u200b me\x00", by=outside, at=NOW, verdict="approved there")
    [thread] = listed(held, proposal).threads
    [remark] = thread.comments
    assert (remark.forge, remark.verdict) == ("github", "approved there")
    assert "\u202e" not in remark.who
    assert "\u200b" not in remark.words.text
    assert "\x00" not in remark.words.text


def test_a_long_talk_is_read_to_its_end_and_nothing_stands_twice(
    held: tokens.Issued, proposal: Proposal, rita: User
) -> None:
    for number in range(12):
        say(proposal, f"{number:02} " + "word " * 1900, rita, on_line=False)
    seen, offset, pages = [], 0, 0
    while True:
        page = listed(held, proposal, offset)
        seen += [one.words.text[:2] for thread in page.threads for one in thread.comments]
        assert sum(len(one.words.text) for one in page.threads[0].comments) <= 50_000
        pages += 1
        if page.next_offset is None:
            break
        offset = page.next_offset
    assert seen == [f"{number:02}" for number in range(12)]
    assert pages == 3
    assert page.comments == 12
    assert listed(held, proposal, 12).threads == []
    with pytest.raises(Refused, match="there are 12 comments"):
        listed(held, proposal, 13)


def test_a_thousand_comments_are_read_with_a_few_questions(
    held: tokens.Issued, proposal: Proposal, rita: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        say(proposal, f"word {number}", rita, on_line=bool(number % 2), at=timezone.now())
    with django_assert_max_num_queries(20):
        assert listed(held, proposal).comments == 60


@pytest.mark.django_db(transaction=True)
def test_the_same_call_several_times_at_once_is_said_once(
    held: tokens.Issued, proposal: Proposal
) -> None:
    where = on_line(proposal)
    found: list[str] = []

    def call() -> None:
        found.append(spoken(held, proposal, "Why?", **where).comment.id)

    assert at_once(*[call] * 4) == []
    assert len(found) == 4
    assert len(set(found)) == 1
    assert Comment.objects.count() == 1
    assert Entry.objects.filter(event="comment.said").count() == 1
