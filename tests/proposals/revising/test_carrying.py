"""Do conversations go on with the revision, at their lines, and with what was said before?"""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from proposals.models import Comment, Proposal, Thread
from proposals.revising import asking, handing_in
from proposals.threads import saying
from proposals.threads.places import Lines
from proposals.threads.saying import Speaker
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.proposals.revising.scene import LATER, REASON, revised
from tests.proposals.threads.on_lines import FILE, say, shown, talks
from tests.words import tools_diff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    return make_user(name="ada")


def with_talk(target: Target, ada: User, words: str = "Why so little?") -> Proposal:
    """Make a proposal with a conversation on the line that it adds, and on one that stays."""
    proposal = make_proposal(target)
    say(proposal, words, ada)
    stays = Lines(proposal.diff).at(FILE, "R", 2)
    saying.say(proposal, "And this tool?", by=Speaker.person(ada), at=NOW, place=stays)
    say(proposal, "All in all", ada, on_line=False)
    asking.request(proposal, by=ada, reason=REASON, at=NOW)
    return proposal


def test_a_line_that_stands_keeps_its_conversation_and_one_that_is_gone_says_so(
    target: Target, ada: User
) -> None:
    new = revised(with_talk(target, ada))
    on_added, on_kept, whole = talks(new)
    assert on_added.place is None
    assert (on_added.thread.line, on_added.thread.quoted.strip()[:10]) == (3, "timeout_ms")
    assert on_kept.place is not None
    assert on_kept.place.text.strip() == "web_search:"
    assert whole.thread.path == ""
    assert [words for _, words in shown(new)] == ["Why so little?", "And this tool?", "All in all"]


def test_words_alone_that_change_leave_every_place(target: Target, ada: User) -> None:
    old = with_talk(target, ada)
    text = handing_in.as_form(old)
    new = revised(old, text=text.replace(old.title, "Another title"))
    assert all(talk.place for talk in talks(new) if talk.thread.path)


def test_it_is_answered_on_the_new_version_and_the_old_one_stays_as_it_was(
    target: Target, ada: User
) -> None:
    old = with_talk(target, ada)
    new = revised(old)
    thread = Thread.objects.filter(proposal=new).order_by("pk")[1]
    saying.reply(thread, "It has enough.", by=Speaker.person(ada), at=LATER)
    saying.settle(thread, resolved=True, by=Speaker.person(ada), at=LATER)
    assert ("ada", "It has enough.") in shown(new)
    assert ("ada", "It has enough.") not in shown(old)
    assert [talk.is_resolved for talk in talks(new)] == [False, True, False]
    assert not any(talk.is_resolved for talk in talks(old))


def test_what_is_said_later_on_the_old_version_is_seen_on_the_new_one(
    target: Target, ada: User
) -> None:
    old = with_talk(target, ada)
    new = revised(old)
    first = Thread.objects.filter(proposal=old).earliest("pk")
    saying.reply(first, "I read it again.", by=Speaker.person(ada), at=LATER)
    assert ("ada", "I read it again.") in shown(new)


def test_a_third_version_tells_what_was_said_on_both_before(target: Target, ada: User) -> None:
    second = revised(with_talk(target, ada))
    thread = Thread.objects.filter(proposal=second).order_by("pk")[1]
    saying.reply(thread, "On the second.", by=Speaker.person(ada), at=LATER)
    asking.request(second, by=ada, reason="More", at=LATER)
    third = revised(second, diff=tools_diff(1900))
    said = [words for _, words in shown(third)]
    assert said == ["Why so little?", "And this tool?", "On the second.", "All in all"]
    assert len(shown(second)) == 4


def test_what_was_said_before_is_changed_where_it_was_said(
    target: Target, ada: User, client: Client
) -> None:
    new = revised(with_talk(target, ada))
    client.force_login(ada)
    text = client.get(new.get_absolute_url()).content.decode()
    assert "Why so little?" in text
    assert "Keep the change" not in text
    address = reverse("proposals:reply", args=[new.pk, new.threads.earliest("pk").pk])
    client.post(address, {"words": "Now then"})
    assert Comment.objects.latest("pk").thread.proposal == new
    assert "Keep the change" in client.get(new.get_absolute_url()).content.decode()


def test_ten_conversations_cost_no_more_questions_than_one(target: Target, ada: User) -> None:
    def questions(many: int) -> int:
        old = make_proposal(target)
        for number in range(many):
            say(old, f"Comment {number}", ada)
        asking.request(old, by=ada, reason=REASON, at=NOW)
        new = revised(old, diff=tools_diff(2000 + many))
        with CaptureQueriesContext(connection) as found:
            talks(new)
        return len(found)

    assert questions(10) == questions(1)
