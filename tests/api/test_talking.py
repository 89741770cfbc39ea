"""Can a program read what is said of a change, and speak in its person's name, and no further?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from audit.models import Entry
from proposals.models import Comment, Proposal
from proposals.threads import saying
from proposals.threads.saying import Speaker
from targets.models import Target
from tests.api.called import DECIDER, READER, Program, error, program, said
from tests.factories import NOW, make_proposal, make_target, make_user
from tests.proposals.threads.on_lines import FILE, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def speaker(target: Target, rita: User) -> Program:
    return program(target, *DECIDER, person=rita, name="a judge")


@pytest.fixture
def proposal(target: Target) -> Proposal:
    return make_proposal(target)


def _place(proposal: Proposal) -> str:
    return f"proposals/{proposal.pk}/comments"


def test_a_line_is_spoken_about_and_answered(speaker: Program, proposal: Proposal) -> None:
    line = {"path": FILE, "line": 3, "diff_digest": proposal.diff_digest}
    first = said(speaker.post(_place(proposal), {"words": "Why?", **line}), 201)["comment"]
    answer = {"words": "So.", "thread": first["thread"]}
    assert said(speaker.post(_place(proposal), answer), 201)["comment"]["who"] == "rita"
    said(speaker.post(_place(proposal), {"words": "Fine."}), 201)
    told = said(speaker.get(_place(proposal)), 200)
    on_line, whole = told["threads"]
    assert (on_line["path"], on_line["line"], on_line["is_current"]) == (FILE, 3, True)
    assert [one["words"] for one in on_line["comments"]] == ["Why?", "So."]
    assert [one["words"] for one in whole["comments"]] == ["Fine."]
    entry = Entry.objects.filter(event="comment.said").earliest("id")
    assert (entry.facts["door"], entry.texts["comment"]) == ("api", "Why?")


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"words": ""}, 422, "words"),
        ({"words": "  "}, 422, "Write what you want to say"),
        ({"words": "x" * 10_001}, 422, "words"),
        ({"words": "x", "thread": 4711}, 404, "no thread 4711"),
        ({"words": "x", "path": FILE, "line": 3}, 409, "another one by now"),
        ({"words": "x", "path": FILE, "line": 3, "side": "X"}, 422, "side"),
        ({"words": "x", "lines": 3}, 422, "lines"),
    ],
)
def test_what_does_not_fit_is_refused_with_words_and_nothing_is_said(
    speaker: Program, proposal: Proposal, given: dict[str, object], status: int, words: str
) -> None:
    assert words in error(speaker.post(_place(proposal), given), status)
    assert not Comment.objects.exists()


def test_a_line_that_the_change_does_not_show(speaker: Program, proposal: Proposal) -> None:
    given = {"words": "x", "path": FILE, "line": 99, "diff_digest": proposal.diff_digest}
    assert "does not show" in error(speaker.post(_place(proposal), given), 422)


def test_who_may_not(target: Target, rita: User, proposal: Proposal) -> None:
    reader = program(target, *READER, person=rita)
    assert reader.post(_place(proposal), {"words": "x"}).status_code == 403
    silent = program(target, *DECIDER, person=make_user("viewer"), name="silent")
    assert silent.post(_place(proposal), {"words": "x"}).status_code == 403
    assert not Comment.objects.exists()


def test_another_targets_proposal_is_not_there(
    proposal: Proposal, tmp_path: Path, rita: User
) -> None:
    stranger = program(make_target(tmp_path, slug="other"), *DECIDER, person=rita)
    say(proposal, "Secret", rita)
    assert stranger.get(_place(proposal)).status_code == 404
    assert stranger.post(_place(proposal), {"words": "x"}).status_code == 404


def test_what_was_said_elsewhere_or_taken_back_is_told_so(
    speaker: Program, proposal: Proposal, rita: User
) -> None:
    by = Speaker.outside("github", "bob")
    saying.say(proposal, "Hm\u202e", by=by, at=NOW, verdict="approved there")
    saying.remove(say(proposal, "No!", rita, on_line=False), by=Speaker.person(rita), at=NOW)
    [talk] = said(speaker.get(_place(proposal)), 200)["threads"]
    outside, gone = talk["comments"]
    assert (outside["who"], outside["origin"]) == ("bob", "github")
    assert outside["verdict"] == "approved there"
    assert "\u202e" not in outside["words"]
    assert gone["words"] == ""


def test_a_thread_is_settled_and_opened_again(speaker: Program, proposal: Proposal) -> None:
    line = {"path": FILE, "line": 3, "diff_digest": proposal.diff_digest}
    thread = said(speaker.post(_place(proposal), {"words": "Why?", **line}), 201)["comment"][
        "thread"
    ]
    place = f"proposals/{proposal.pk}/threads/{thread}"
    told = said(speaker.post(place), 200)
    assert (told["is_resolved"], told["changed"]) == (True, True)
    assert said(speaker.post(place, {"resolved": True}), 200)["changed"] is False
    [talk] = said(speaker.get(_place(proposal)), 200)["threads"]
    assert (talk["is_resolved"], talk["resolved_by"]) == (True, "rita")
    assert said(speaker.post(place, {"resolved": False}), 200)["is_resolved"] is False
    events = Entry.objects.filter(event__startswith="thread.").order_by("id")
    assert [entry.event for entry in events] == ["thread.resolved", "thread.reopened"]
    assert {entry.facts["door"] for entry in events} == {"api"}


def test_a_repeated_request_settles_once_and_is_answered_the_same(
    speaker: Program, proposal: Proposal, rita: User
) -> None:
    place = f"proposals/{proposal.pk}/threads/{say(proposal, 'Why?', rita).thread.pk}"
    first = speaker.post(place, {}, Idempotency_Key="one")
    again = speaker.post(place, {}, Idempotency_Key="one")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Entry.objects.filter(event="thread.resolved").count() == 1


def test_what_cannot_be_settled_is_told(
    speaker: Program, target: Target, proposal: Proposal, rita: User
) -> None:
    whole = say(proposal, "Fine.", rita, on_line=False).thread.pk
    below = f"proposals/{proposal.pk}/threads"
    assert "never resolved" in error(speaker.post(f"{below}/{whole}"), 422)
    assert "no thread 4711" in error(speaker.post(f"{below}/4711"), 404)
    assert "resolved" in error(speaker.post(f"{below}/{whole}", {"resolved": "perhaps"}), 422)
    other = say(make_proposal(target), "Why?", rita).thread
    assert "no thread" in error(speaker.post(f"{below}/{other.pk}"), 404)
    viewer = program(target, *DECIDER, person=make_user("viewer"), name="silent")
    assert viewer.post(f"{below}/{whole}").status_code == 403
    other.refresh_from_db()
    assert other.resolved_uid is None
