"""Can a person read in a chat what is said of a change, and say something as on its page?"""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from audit.models import Entry
from proposals.models import Comment, Proposal, Thread
from proposals.threads import saying
from proposals.threads.saying import Speaker
from selfimprove.models import ChatArrival, ChatReading
from targets.models import Target
from tests.chat.talking import Talk, account, slash
from tests.factories import NOW, make_proposal, make_user, proposal_text, tools_diff
from tests.proposals.threads.on_lines import FILE, say, shown

pytestmark = pytest.mark.django_db
LINE = f"{FILE}:3"
SECRET = "sk-ant-api03-" + "a1B2" * 20


@pytest.fixture
def proposal(target: Target) -> Proposal:
    return make_proposal(target)


@pytest.fixture
def signs(proposal: Proposal) -> str:
    return str(proposal.pk)[:8]


def test_a_line_is_spoken_about_answered_settled_and_opened_again(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    said = talk(f"comment {signs} {LINE} Why not 800?")
    thread = Thread.objects.get()
    assert f"{signs}: said in thread {thread.pk}, about {LINE}" in said
    assert "timeout_ms" in said  # the line itself, so that a wrong number is seen
    assert f"thread {thread.pk}" in talk(f"reply {thread.pk} The slowest takes 1.1 s.")
    assert "resolved now" in talk(f"resolve {thread.pk}")
    again = talk(f"resolve {thread.pk}")
    assert f"is resolved already; reopen {thread.pk}" in again
    assert "is open now" in talk(f"reopen #{thread.pk}")
    assert shown(proposal) == [("rita", "Why not 800?"), ("rita", "The slowest takes 1.1 s.")]
    assert (thread.path, thread.side, thread.line) == (FILE, "R", 3)
    assert thread.diff_digest == proposal.diff_digest


def test_the_log_says_who_spoke_and_that_it_was_in_a_chat(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    talk(f"comment {signs} {LINE} Why?")
    talk(f"resolve {Thread.objects.get().pk}")
    entries = Entry.objects.filter(event__in=["comment.said", "thread.resolved"]).order_by("id")
    for entry in entries:
        assert (entry.who, entry.facts["door"], entry.facts["chat"]) == ("rita", "chat", "chat")
        assert entry.subject == f"proposal:{proposal.pk}"
    assert [entry.event for entry in entries] == ["comment.said", "thread.resolved"]


def test_words_are_kept_as_they_were_written(talk: Talk, proposal: Proposal, signs: str) -> None:
    talk(f"proposals comment {signs}  Two things:\n\n- one   and\n- two ")
    assert shown(proposal) == [("rita", "Two things:\n\n- one   and\n- two")]


def test_a_line_as_it_was_before_is_named_with_a_minus(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    assert f"about {FILE}:-3" in talk(f"comment {signs} {FILE}:-3 This was better.")
    assert Thread.objects.get().side == "L"


def test_what_is_open_comes_first_and_names_how_to_answer(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    settled = say(proposal, "A typing error", make_user("reviewer", name="ada")).thread
    saying.settle(settled, resolved=True, by=Speaker.person(make_user(name="bob")), at=NOW)
    still_open = say(proposal, "Why?", make_user("reviewer", name="carl")).thread
    told = talk(f"comments {signs}")
    assert "2 threads, 1 of them open" in told
    assert told.index(f"#{still_open.pk} {LINE} (open)") < told.index(f"#{settled.pk} {LINE}")
    assert "(resolved by bob)" in told
    assert "carl: Why?" in told
    assert "reply N" in told


def test_without_a_comment_it_says_how_to_write_one(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    told = talk(f"comments {signs}")
    assert f"Nobody has said anything of {signs} yet" in told
    assert f"comment {signs} and your words" in told


def test_a_long_talk_is_read_in_parts_and_to_its_end(
    talk: Talk, proposal: Proposal, signs: str, settings: LazySettings, rita: User
) -> None:
    chat = settings.SELFIMPROVE.chat.model_copy(update={"longest_answer": 1500})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"chat": chat})
    for number in range(20):
        say(proposal, f"word{number:02} " + "and so on " * 20, rita, on_line=False)
    first = talk(f"comments {signs}")
    assert f"Goes on: comments {signs} 2" in first
    count = int(first.partition("Part 1 of ")[2].partition(":")[0])
    whole = "".join(talk(f"comments {signs} {number + 1}") for number in range(count))
    assert all(f"word{number:02}" in whole for number in range(20))
    assert "is no part of it" in talk(f"comments {signs} {count + 1}")


def test_what_was_taken_back_or_said_elsewhere_says_so(
    talk: Talk, proposal: Proposal, signs: str, rita: User
) -> None:
    saying.say(proposal, "Hm\u202e", by=Speaker.outside("github", "bob"), at=NOW)
    saying.remove(say(proposal, "No!", rita), by=Speaker.person(rita), at=NOW)
    told = talk(f"comments {signs}")
    assert "bob at github: Hm" in told
    assert "\u202e" not in told
    assert "No!" not in told
    assert "It was taken back." in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("comment", "Which one? Write comment"),
        ("comment zzzz Why?", "is no id"),
        ("comment 3f Why?", "too short"),
        ("comment {signs}", "Write what you want to say. Nothing was said"),
        ("comment {signs} {line}", "Write what you want to say. Nothing was said"),
        ("comment {signs} elsewhere.py:3 Why?", "does not touch elsewhere.py; it touches"),
        ("comment {signs} {file}:99 Why?", "does not show line 99 of"),
        ("comment {signs} {file}:0 Why?", "does not show line 0 of"),
        ("comment {signs} {file}:-99 Why?", "as it is before it"),
        ("reply", "Which thread? Write reply and its number"),
        ("reply {signs}z Why?", "is no number of a thread"),
        ("reply 4711 Why?", "There is no thread 4711"),
        ("reply 99999999999999999999999 Why?", "is no number of a thread"),
        ("reply ٣ Why?", "is no number of a thread"),
        ("resolve", "Which thread?"),
        ("resolve 4711", "There is no thread 4711; comments"),
        ("reopen x", "is no number of a thread"),
        ("comments", "Which one? Write comments"),
        ("comments {signs} 2", "Nobody has said anything"),
    ],
)
def test_what_cannot_be_said_is_told_what_to_do_and_changes_nothing(
    talk: Talk, proposal: Proposal, signs: str, line: str, words: str
) -> None:
    told = talk(line.format(signs=signs, line=LINE, file=FILE))
    assert words in told
    assert not Comment.objects.exists()
    assert not Entry.objects.filter(event="comment.said").exists()


def test_an_id_that_begins_several_is_answered_with_all_of_them(
    talk: Talk, target: Target
) -> None:
    ids = [f"abcdef01-0000-4000-8000-0000000000{number:02}" for number in (1, 2)]
    for number, one in enumerate(ids):
        diff = tools_diff(3000 + number)
        make_proposal(target, text=proposal_text(diff=diff, front=f"id: {one}\n"))
    said = talk("comment abcdef01 Why?")
    assert "begins several ids" in said
    assert all(one in said for one in ids)
    assert not Comment.objects.exists()


def test_the_talk_about_the_whole_is_never_resolved(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    assert "about the whole" in talk(f"comment {signs} Fine by me.")
    number = Thread.objects.get().pk
    assert "is never resolved. Nothing was changed" in talk(f"resolve {number}")
    assert "in thread" in talk(f"reply {number} And by me.")
    assert f"#{number} on the whole" in talk(f"comments {signs}")


def test_what_looks_like_a_place_further_back_is_words(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    talk(f"comment {signs} See {LINE} and http://example.org:80 too")
    assert shown(proposal)[0][1].startswith(f"See {LINE} and")
    assert Thread.objects.get().path == ""
    assert "Where you mean no line" in talk(f"comment {signs} at:12 it begins")


def test_a_secret_is_not_kept_and_its_writer_is_told(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    said = talk(f"comment {signs} It runs with {SECRET} here")
    assert "What looked like a secret was left out" in said
    assert SECRET not in said
    assert SECRET not in shown(proposal)[0][1]
    assert SECRET not in talk(f"comments {signs}")
    assert "secret" not in talk(f"comment {signs} No such thing here")


def test_nothing_is_cut_off_in_silence(talk: Talk, proposal: Proposal, signs: str) -> None:
    huge = f"comment {signs} " + "x" * 4000
    answer = talk.send(huge)
    assert answer.status_code == 422
    assert "text" in answer.json()["error"]
    account(make_user("reviewer", name="sam"), place="slack:T1", user="U9")
    answer = slash(huge, user="U9")
    assert answer.status_code == 422
    assert "send at most 4000" in answer.json()["error"]
    assert not Comment.objects.exists()


def test_a_line_is_bound_to_the_change_that_was_shown(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    talk(f"show {signs}")
    ChatReading.objects.update(digest="1" * 64)  # as when the words changed since
    assert f"write show {signs} first. Nothing was said" in talk(f"comment {signs} {LINE} Why?")
    talk(f"comment {signs} Of the whole it can be said.")
    assert [one.thread.path for one in Comment.objects.all()] == [""]
    talk(f"show {signs}")
    assert "said in thread" in talk(f"comment {signs} {LINE} Why?")


def test_a_line_that_comes_twice_is_said_once(talk: Talk, proposal: Proposal, signs: str) -> None:
    first = talk(f"comment {signs} {LINE} Why?", id="once")
    assert talk(f"comment {signs} {LINE} Why?", id="once") == first
    number = Thread.objects.get().pk
    for _ in range(2):
        talk(f"reply {number} Because.", id="twice")
        talk(f"resolve {number}", id="thrice")
    assert shown(proposal) == [("rita", "Why?"), ("rita", "Because.")]
    assert Entry.objects.filter(event="thread.resolved").count() == 1
    talk(f"reply {number} Because.", id="another")
    assert Comment.objects.count() == 3


def test_who_may_not_comment_reads_and_says_nothing(proposal: Proposal, signs: str) -> None:
    account(make_user("viewer", name="vic"), "U7")
    vic = Talk("U7")
    thread = say(proposal, "Why?", make_user("reviewer", name="ada")).thread
    assert "ada: Why?" in vic(f"comments {signs}")
    for line in (f"comment {signs} No", f"reply {thread.pk} No", f"resolve {thread.pk}"):
        told = vic(line)
        assert "You may not comment on proposals. Nothing was" in told
    assert Comment.objects.count() == 1
    thread.refresh_from_db()
    assert thread.resolved_uid is None


def test_who_may_see_nothing_reads_no_comments(
    talk: Talk, proposal: Proposal, signs: str, rita: User
) -> None:
    thread = say(proposal, "Why?", rita).thread
    rita.groups.clear()
    for line in (f"comments {signs}", f"reply {thread.pk} So", f"resolve {thread.pk}"):
        assert talk(line) == "You may not see proposals. Nothing was changed."


def test_a_stranger_is_told_how_to_be_known(proposal: Proposal, signs: str) -> None:
    assert "stands for nobody here" in Talk("U5")(f"comment {signs} Hello")
    assert not Comment.objects.exists()


def test_the_words_are_in_no_note_of_the_request(
    talk: Talk, proposal: Proposal, signs: str
) -> None:
    talk(f"comment {signs} A word of people")
    assert "A word of people" not in str(ChatArrival.objects.values().get())


def test_a_proposal_that_has_a_thousand_comments_takes_no_more(
    talk: Talk, proposal: Proposal, signs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying, "MOST", 2)
    talk(f"comment {signs} one")
    talk(f"comment {signs} two")
    assert "no more are kept. Nothing was said" in talk(f"comment {signs} three")


def test_slack_answers_with_nothing_that_acts(proposal: Proposal, signs: str) -> None:
    account(make_user("reviewer", name="sam"), place="slack:T1")
    slash(f"comment {signs} {LINE} Is &lt;!channel&gt; &amp; more right?")
    assert shown(proposal) == [("sam", "Is <!channel> & more right?")]
    assert "&lt;!channel&gt; &amp; more" in slash(f"comments {signs}").json()["text"]
