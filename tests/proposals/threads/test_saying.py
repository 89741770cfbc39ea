"""Is what people say kept once, where it was said, with words that can be erased?"""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.log import Actor
from audit.models import Entry
from audit.texts import erasing
from proposals.models import Comment, Proposal, Status, Thread
from proposals.threads import reading, saying
from proposals.threads.places import Lines
from proposals.threads.saying import CannotSay, Speaker
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.people import pseudonym
from tests.proposals.threads.on_lines import FILE, changed_line, say, shown, talks
from tests.words import tools_diff

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def proposal(target: Target) -> Proposal:
    return make_proposal(target)


@pytest.fixture
def ada(db: None) -> User:
    return make_user(name="ada")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("operator", name="bob")


def test_a_comment_is_a_row_without_words_and_an_entry_with_them(
    proposal: Proposal, ada: User
) -> None:
    comment = say(proposal, "Why not 800?", ada)
    thread = comment.thread
    assert (thread.path, thread.side, thread.line) == (FILE, "R", 3)
    assert thread.diff_digest == proposal.diff_digest
    assert "timeout_ms" in thread.quoted
    entry = Entry.objects.get(uid=comment.said_uid)
    assert (entry.event, entry.subject) == ("comment.said", f"proposal:{proposal.pk}")
    assert entry.actor == pseudonym("ada")
    assert entry.texts["comment"] == "Why not 800?"
    assert entry.commitments["comment"]["len"] == 12
    assert entry.facts["comment"] == str(comment.uid)
    assert entry.facts["diff"] == proposal.diff_digest
    assert "Why not" not in entry.body
    assert shown(proposal) == [("ada", "Why not 800?")]


def test_others_reply_resolve_and_open_again(proposal: Proposal, ada: User, bob: User) -> None:
    thread = say(proposal, "Why not 800?", ada).thread
    saying.reply(thread, "The slowest answers take 1.1 s.", by=Speaker.person(bob), at=LATER)
    assert saying.settle(thread, resolved=True, by=Speaker.person(bob), at=LATER)
    [talk] = talks(proposal)
    assert (talk.is_resolved, talk.resolved_by) == (True, "bob")
    assert not saying.settle(thread, resolved=True, by=Speaker.person(ada), at=LATER)
    assert saying.settle(thread, resolved=False, by=Speaker.person(ada), at=LATER)
    [talk] = talks(proposal)
    assert not talk.is_resolved
    events = list(
        Entry.objects.filter(event__startswith="thread.").values_list("event", flat=True)
    )
    assert sorted(events) == ["thread.reopened", "thread.resolved"]
    assert shown(proposal) == [("ada", "Why not 800?"), ("bob", "The slowest answers take 1.1 s.")]


def test_the_same_form_sent_twice_is_said_once(proposal: Proposal, ada: User) -> None:
    uid = uuid.uuid4()
    by = Speaker.person(ada)
    first = saying.say(proposal, "Good.", by=by, at=NOW, uid=uid)
    again = saying.say(proposal, "Good.", by=by, at=LATER, uid=uid)
    assert first.pk == again.pk
    assert Entry.objects.filter(event="comment.said").count() == 1


def test_the_whole_has_one_conversation(proposal: Proposal, ada: User, bob: User) -> None:
    first = say(proposal, "I like it.", ada, on_line=False)
    second = say(proposal, "So do I.", bob, on_line=False)
    assert first.thread_id == second.thread_id
    with pytest.raises(CannotSay, match="never resolved"):
        saying.settle(first.thread, resolved=True, by=Speaker.person(ada), at=NOW)


def test_only_who_said_it_changes_it_and_the_log_keeps_both(
    proposal: Proposal, ada: User, bob: User
) -> None:
    comment = say(proposal, "Wy?", ada)
    with pytest.raises(PermissionDenied):
        saying.edit(comment, "Because.", by=Speaker.person(bob), at=LATER)
    saying.edit(comment, "Why?", by=Speaker.person(ada), at=LATER)
    assert shown(proposal) == [("ada", "Why?")]
    assert Comment.objects.get().edited_at == LATER
    kept = [e.texts["comment"] for e in Entry.objects.filter(event__startswith="comment.")]
    assert sorted(kept) == ["Why?", "Wy?"]


def test_what_is_taken_back_stays_as_a_gap(proposal: Proposal, ada: User) -> None:
    comment = say(proposal, "Nonsense!", ada)
    saying.remove(comment, by=Speaker.person(ada), at=LATER)
    assert shown(proposal) == [("ada", reading.REMOVED)]
    comment.refresh_from_db()
    assert reading.present([comment])[comment.pk].words == ""
    with pytest.raises(CannotSay, match="removed already"):
        saying.edit(comment, "Again", by=Speaker.person(ada), at=LATER)


def test_words_that_are_erased_are_gone_from_the_page_too(proposal: Proposal, ada: User) -> None:
    comment = say(proposal, "Call me at home.", ada)
    erasing.erase(comment.words_uid, actor=Actor.person(ada), reason="Private.", at=LATER)
    assert shown(proposal) == [("ada", reading.ERASED)]
    erasing.erase_person("ada", actor=Actor.system("audit"), reason="Left.", at=LATER)
    [(who, _)] = shown(proposal)
    assert "ada" not in who


def test_another_diff_makes_it_about_an_earlier_version(proposal: Proposal, ada: User) -> None:
    say(proposal, "Why not 800?", ada)
    [now] = talks(proposal)
    assert now.place == changed_line(proposal)
    Proposal.objects.filter(pk=proposal.pk).update(diff=tools_diff(900), diff_digest="9" * 64)
    [then] = talks(proposal)
    assert then.place is None
    assert "timeout_ms" in then.thread.quoted


def test_secrets_and_odd_signs_do_not_get_in(proposal: Proposal, ada: User) -> None:
    say(proposal, "Use\0 Authorization: Bearer abcdef0123456789abcdef \u202etxt", ada)
    [(_, words)] = shown(proposal)
    assert "abcdef0123456789" not in words
    assert "‹U+202E›" in words


@pytest.mark.parametrize(
    ("words", "why"), [("", "Write what"), (" \n ", "Write what"), ("x" * 10_001, "at most 10000")]
)
def test_nothing_and_too_much_change_nothing(
    proposal: Proposal, ada: User, words: str, why: str
) -> None:
    with pytest.raises(CannotSay, match=why):
        say(proposal, words, ada)
    assert not Thread.objects.exists()
    assert not Entry.objects.filter(event="comment.said").exists()


def test_a_flood_ends_and_is_read_with_few_questions(
    proposal: Proposal, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying, "MOST", 30)
    thread = say(proposal, "0", ada).thread
    for number in range(1, 30):
        saying.reply(thread, str(number), by=Speaker.person(ada), at=NOW)
    with pytest.raises(CannotSay, match="no more are kept"):
        saying.reply(thread, "30", by=Speaker.person(ada), at=NOW)
    lines = Lines(proposal.diff)
    with CaptureQueriesContext(connection) as few:
        reading.talks(proposal, lines)
    assert len(few) <= 9


def test_who_may_not_comment_does_not(proposal: Proposal) -> None:
    with pytest.raises(PermissionDenied):
        Speaker.person(make_user("viewer"))


def test_a_comment_decides_nothing(proposal: Proposal, ada: User) -> None:
    say(proposal, "Approved!", ada, on_line=False)
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert not proposal.reviews.exists()


def test_every_line_of_a_diff_is_found_from_both_sides(proposal: Proposal) -> None:
    lines = Lines(proposal.diff)
    kept = lines.at(FILE, "L", 2)
    assert kept is not None
    assert kept == lines.at(FILE, "R", 2) == lines.drawn(kept.anchor)
    assert lines.at(FILE, "R", 999) is None
    assert lines.drawn("f9R9") is None
    assert Lines("no diff at all\n@@ x").drawn("f0R1") is None
