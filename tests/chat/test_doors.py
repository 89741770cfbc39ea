"""Is a chat let in only signed, fresh and whole, and is a line answered once?"""

import json
import threading
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from proposals.models import Proposal
from selfimprove.chat import answering, arrivals
from selfimprove.chat.signatures import sign
from selfimprove.models import ChatAccount, ChatArrival, ChatReading
from targets.models import Target
from tests.chat.talking import SECRET, Talk, account, post, slash
from tests.factories import make_proposal, make_user

pytestmark = pytest.mark.django_db
HELP = json.dumps({"id": "m", "user": "U1", "text": "help"}).encode()


def test_slack_signs_as_slack_documents_it() -> None:
    """The worked example of Slack's own manual."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
        b"G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
        b"collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700"
        b"885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c"
        b"447fce8b6703c"
    )
    signed = sign("8f742231b10e8888abcd99yyyzzz85a5", "v0", "1531420618", body)
    assert signed == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


@pytest.mark.parametrize("path", ["/chat/", "/chat/slack/"])
@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"secret": "another"}, 401, "does not hold"),
        ({"at": 1}, 401, "more than 300 seconds away"),
        ({"at": "now"}, 401, "seconds away"),
        ({"at": "-5"}, 401, "seconds away"),
        ({"at": "9" * 30}, 401, "seconds away"),
    ],
)
def test_what_is_not_signed_now_by_the_secret_is_turned_away(
    talk: Talk, path: str, given: dict[str, Any], status: int, words: str
) -> None:
    answer = post(path, HELP, **given)
    assert answer.status_code == status, answer.content
    assert words in answer.json()["error"]
    assert not ChatArrival.objects.exists()


@pytest.mark.parametrize("path", ["/chat/", "/chat/slack/"])
def test_without_a_signature_or_a_secret_nothing_is_read(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Client().post(path, HELP, content_type="application/json").status_code == 401
    monkeypatch.delenv("CHAT_WEBHOOK_SECRET")
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    answer = post(path, HELP, secret="")
    assert answer.status_code == 503
    assert "is not set" in answer.json()["error"]
    assert Client().get(path).status_code == 405


def test_a_body_that_was_changed_on_its_way_is_turned_away(talk: Talk) -> None:
    moment = str(int(timezone.now().timestamp()))
    headers = {
        "X-Selfimprove-Timestamp": moment,
        "X-Selfimprove-Signature": sign(SECRET, "v1", moment, HELP),
    }
    other = HELP.replace(b"help", b"list")
    answer = Client().post("/chat/", other, content_type="application/json", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b'{"id": "1", "user": "U1"}', 422),
        (b'{"id": "1", "user": "U1", "text": 7}', 422),
        (b'{"id": "1", "user": "", "text": "help"}', 422),
        (b'{"id": "1", "user": "U1", "text": "help", "admin": true}', 422),
        (b'{"id": "1", "user": "U1", "text": "a\\u0000b"}', 422),
        (b'{"id": "1", "user": "U1", "text": "\\ud800"}', 422),
        (b'{"id": "%s", "user": "U1", "text": "help"}' % (b"x" * 65), 422),
        (b"x" * 70_000, 413),
    ],
)
def test_a_body_that_is_no_message_is_told_why(talk: Talk, body: bytes, status: int) -> None:
    answer = post("/chat/", body)
    assert answer.status_code == status, answer.content
    assert answer.json()["error"]
    assert not ChatArrival.objects.exists()


@pytest.mark.parametrize("body", [b"", b"text=help", b"user_id=U1&team_id=", b"\xff=\xfe"])
def test_a_form_that_slack_would_not_send_is_refused(body: bytes) -> None:
    answer = post("/chat/slack/", body, kind="application/x-www-form-urlencoded")
    assert answer.status_code in (400, 422)


def test_a_line_that_comes_twice_is_answered_twice_and_done_once(
    target: Target, talk: Talk
) -> None:
    proposal = make_proposal(target)
    said = f"reject {str(proposal.pk)[:8]} The index is at fault."
    first = talk(said, id="once")
    assert "Rejected" in first
    assert talk(said, id="once") == first
    assert Entry.objects.filter(event="proposal.rejected").count() == 1
    assert "Already rejected" in talk(said, id="another")


def test_another_line_under_the_same_id_is_refused(talk: Talk) -> None:
    talk("help", id="once")
    answer = talk.send("list", id="once")
    assert answer.status_code == 409
    assert "give each its own" in answer.json()["error"]


def test_a_slash_command_is_answered_to_its_writer_alone(target: Target, rita: User) -> None:
    account(rita, place="slack:T1")
    make_proposal(target, title="Wait <b>longer</b> & longer")
    answer = slash("list").json()
    assert answer["response_type"] == "ephemeral"
    assert answer["mrkdwn"] is False
    assert "&lt;b&gt;longer&lt;/b&gt; &amp; longer" in answer["text"]


def test_the_same_slash_command_replayed_does_nothing_again(target: Target, rita: User) -> None:
    account(rita, place="slack:T1")
    proposal = make_proposal(target)
    at = int(timezone.now().timestamp())
    said = f"reject {str(proposal.pk)[:8]} Slack &amp; we disagree."
    first, again = slash(said, at=at), slash(said, at=at)
    assert first.content == again.content
    assert Entry.objects.filter(event="proposal.rejected").count() == 1
    proposal.refresh_from_db()
    assert proposal.reason == "Slack & we disagree."


def test_an_account_of_one_team_is_none_of_another(rita: User) -> None:
    account(rita, place="slack:T1")
    assert "stands for nobody" in slash("list", team="T2").json()["text"]
    assert "stands for nobody" in slash("list", user="U2").json()["text"]
    assert "No proposal" in slash("list").json()["text"]


def test_notes_of_requests_go_with_time(talk: Talk) -> None:
    talk("help")
    assert arrivals.prune(timezone.now()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_line_at_once_is_done_once(target: Target, talk: Talk) -> None:
    proposal = make_proposal(target)
    said = f"reject {str(proposal.pk)[:8]} Twice."
    ready, found = threading.Barrier(3), []

    def run() -> None:
        try:
            ready.wait()
            found.append(talk.send(said, id="once").status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) <= {200, 429}  # there is room for so many at once
    assert Proposal.objects.get().status == "REJECTED"
    assert Entry.objects.filter(event="proposal.rejected").count() == 1


def test_who_holds_the_secret_of_one_chat_speaks_for_no_account_of_another(
    target: Target, rita: User
) -> None:
    """A bot names teams and users as it likes: its accounts must not be Slack's."""
    account(rita, place="slack:T1")
    bot = Talk("U1")
    for team in ("T1", "slack:T1", "../slack:T1", ""):
        assert "stands for nobody" in bot("list", team=team)
    answer = post("/chat/slack/", HELP, secret="of another chat")
    assert answer.status_code == 401


def test_a_person_may_have_accounts_in_several_chats(target: Target, rita: User) -> None:
    account(rita, place="slack:T1")
    account(rita)
    proposal = make_proposal(target)
    signs = str(proposal.pk)[:8]
    slash(f"show {signs}")
    assert "Read it first" in Talk()(f"approve {signs}")  # it was shown there, not here
    assert "Approved" in slash(f"approve {signs}").json()["text"]


def test_what_another_person_was_shown_is_not_read_by_this_one(target: Target, rita: User) -> None:
    bob = make_user("reviewer", name="bob")
    account(rita)
    account(bob, "U2")
    proposal = make_proposal(target)
    signs = str(proposal.pk)[:8]
    Talk()(f"show {signs}")
    assert "Read it first" in Talk("U2")(f"approve {signs}")


def test_when_the_account_is_given_to_another_the_reading_is_gone(
    target: Target, rita: User
) -> None:
    known = account(rita)
    proposal = make_proposal(target)
    Talk()(f"show {str(proposal.pk)[:8]}")
    bob, page = make_user("reviewer", name="bob"), Client()
    page.force_login(make_user("admin"))
    form = {"person": bob.pk, "note": "moved"}
    answer = page.post(reverse("admin:selfimprove_chataccount_change", args=[known.pk]), form)
    assert answer.status_code == 302
    assert not ChatReading.objects.exists()
    assert "Read it first" in Talk()(f"approve {str(proposal.pk)[:8]}")


def test_only_administrators_say_whose_account_it_is(rita: User) -> None:
    rita.is_staff = True
    rita.save()
    page = Client()
    page.force_login(rita)
    known = account(rita)
    add = reverse("admin:selfimprove_chataccount_add")
    change = reverse("admin:selfimprove_chataccount_change", args=[known.pk])
    delete = reverse("admin:selfimprove_chataccount_delete", args=[known.pk])
    form = {"place": "chat", "user": "U2", "person": rita.pk, "note": ""}
    for place in (add, change, delete):
        assert page.post(place, {**form, "post": "yes"}).status_code == 403, place
    assert ChatAccount.objects.get() == known
    rita.groups.add(Group.objects.get(name="admin"))
    page.force_login(User.objects.get(pk=rita.pk))
    assert page.get(add).status_code == 200


def test_what_was_written_is_kept_nowhere(target: Target, talk: Talk) -> None:
    talk("list a password of mine: hunter2hunter2")
    arrival = ChatArrival.objects.get()
    assert "hunter2" not in json.dumps([arrival.uid, arrival.digest, arrival.place])
    assert arrival.account is not None


def test_when_something_breaks_the_line_was_not_taken(
    target: Target, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Act, note and answer come about together: else a repeat would find a note and no act."""
    proposal = make_proposal(target)
    said = f"reject {str(proposal.pk)[:8]} It breaks."
    cut = answering.cut

    def broken(text: str) -> str:
        raise RuntimeError("the plug was pulled")

    monkeypatch.setattr(answering, "cut", broken)
    with pytest.raises(RuntimeError):
        talk(said, id="once")
    proposal.refresh_from_db()
    assert proposal.status == "PENDING"
    assert not ChatArrival.objects.exists()
    monkeypatch.setattr(answering, "cut", cut)
    assert "Rejected" in talk(said, id="once")
