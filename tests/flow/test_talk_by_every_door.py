"""Is a comment the same by page, tool, API and chat: its place, its refusal, its entry?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from proposals.models import Comment, Proposal, Thread
from selfimprove.mcp import talking
from selfimprove.mcp.callers import Refused
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.chat.talking import SECRET, Talk, account
from tests.factories import make_proposal, make_target, make_user
from tests.mcp.tokens import issue
from tests.proposals.threads.on_lines import FILE, changed_line, say

pytestmark = pytest.mark.django_db
OF_A_DOOR = {"door", "token", "token_start", "chat_account", "chat"}


@dataclass
class Wish:
    """Say who says or settles what."""

    person: User
    proposal: Proposal
    words: str = ""
    line: int = 0
    thread: int = 0
    settles: bool = False


def by_page(wish: Wish) -> bool:
    """Press the button."""
    page, form = Client(), {"words": wish.words, "resolved": "yes"}
    page.force_login(wish.person)
    act = "settle" if wish.settles else "reply" if wish.thread else "say"
    place: list[object] = [wish.proposal.pk, *([wish.thread] if wish.thread else [])]
    if wish.line:
        anchor = changed_line(wish.proposal).anchor if wish.line == 3 else f"f0R{wish.line}"
        form |= {"about": anchor, "diff": wish.proposal.diff_digest}
    answer = page.post(reverse(f"proposals:{act}", args=place), form)
    assert answer.status_code in (302, 403, 404, 422)
    return bool(answer.status_code == 302)


def where(wish: Wish) -> dict[str, object]:
    """Name the place as programs do."""
    if not wish.line:
        return {"thread": wish.thread}
    return {"path": FILE, "line": wish.line, "diff_digest": wish.proposal.diff_digest}


def by_api(wish: Wish) -> bool:
    """Send JSON."""
    caller = program(wish.proposal.target, Scope.PROPOSALS_DECIDE, person=wish.person)
    below = f"proposals/{wish.proposal.pk}"
    if wish.settles:
        answer = caller.post(f"{below}/threads/{wish.thread}", {"resolved": True})
    else:
        answer = caller.post(f"{below}/comments", {"words": wish.words, **where(wish)})
    assert answer.status_code in (200, 201, 403, 404, 422), answer.content
    return bool(answer.status_code in (200, 201))


def by_tool(wish: Wish) -> bool:
    """Call the tool of an agent."""
    secret = issue(wish.proposal.target, wish.person, Scope.PROPOSALS_DECIDE).secret
    wanted, now = str(wish.proposal.pk), timezone.now()
    try:
        if wish.settles:
            talking.settle_thread(secret, now, wanted=wanted, thread=wish.thread, resolved=True)
        else:
            said = talking.Wish(wish.words, **where(wish))  # type: ignore[arg-type]
            talking.say_comment(secret, now, wanted=wanted, wish=said, key="")
    except Refused:
        return False
    return True


def by_chat(wish: Wish) -> bool:
    """Write a line."""
    known = account(wish.person, f"U{wish.person.pk}")
    place = f"{FILE}:{wish.line} " if wish.line else ""
    said = f"comment {wish.proposal.pk} {place}{wish.words}"
    if wish.thread:
        said = f"{'resolve' if wish.settles else 'reply'} {wish.thread} {wish.words}"
    told = Talk(known.user)(said)
    return not ("Nothing was" in told or "There is no thread" in told)


DOORS: Mapping[str, Callable[[Wish], bool]] = {
    "page": by_page,
    "api": by_api,
    "mcp": by_tool,
    "chat": by_chat,
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_WEBHOOK_SECRET", SECRET)


@pytest.fixture
def proposal(tmp_path: Path) -> Proposal:
    return make_proposal(make_target(tmp_path))


def on_line(proposal: Proposal) -> int:
    """Let somebody have begun a thread on a line."""
    return say(proposal, "Why?", make_user("reviewer")).thread.pk


def on_the_whole(proposal: Proposal) -> int:
    """Let somebody have spoken of the whole."""
    return say(proposal, "Well.", make_user("reviewer"), on_line=False).thread.pk


def reviewer() -> User:
    return make_user("reviewer")


Make = Callable[[Proposal], Wish]
SITUATIONS: Mapping[str, tuple[Make, str]] = {
    "of the whole": (lambda p: Wish(reviewer(), p, "Fine."), "comment.said"),
    "of a line": (lambda p: Wish(reviewer(), p, "Why?", line=3), "comment.said"),
    "an answer": (lambda p: Wish(reviewer(), p, "So.", thread=on_line(p)), "comment.said"),
    "settled": (
        lambda p: Wish(reviewer(), p, thread=on_line(p), settles=True),
        "thread.resolved",
    ),
    "no words": (lambda p: Wish(reviewer(), p), ""),
    "no words of a line": (lambda p: Wish(reviewer(), p, line=3), ""),
    "no such line": (lambda p: Wish(reviewer(), p, "Why?", line=99), ""),
    "no such thread": (lambda p: Wish(reviewer(), p, "So.", thread=4711), ""),
    "the whole is never settled": (
        lambda p: Wish(reviewer(), p, thread=on_the_whole(p), settles=True),
        "",
    ),
    "who may not": (lambda p: Wish(make_user("viewer"), p, "Fine."), ""),
    "who may not settle": (
        lambda p: Wish(make_user("viewer"), p, thread=on_line(p), settles=True),
        "",
    ),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_said_comes_out_the_same(proposal: Proposal, situation: str, door: str) -> None:
    make, event = SITUATIONS[situation]
    wish = make(proposal)
    comments, last = Comment.objects.count(), Entry.objects.latest("id").pk
    done = DOORS[door](wish)
    told = Entry.objects.filter(
        pk__gt=last, event__in=["comment.said", "thread.resolved", "thread.reopened"]
    )
    assert done is bool(event)
    if not event:
        assert Comment.objects.count() == comments
        assert not told.exists()
        return
    entry = told.get()
    assert (entry.event, entry.who, entry.actor_type) == (event, wish.person.username, "person")
    assert entry.facts.get("door", "page") == door
    assert {name for name in entry.facts if name not in OF_A_DOOR} == expected(wish)
    if wish.settles:
        assert Thread.objects.get().resolved_uid == entry.uid
        return
    said = Comment.objects.latest("id")
    assert (entry.texts["comment"], said.said_uid) == (wish.words, entry.uid)
    place = (FILE, "R", 3) if wish.line or wish.thread else ("", "", 0)
    assert (said.thread.path, said.thread.side, said.thread.line) == place


def expected(wish: Wish) -> set[str]:
    """Name the facts that each door states."""
    if wish.settles:
        return {"thread"}
    return {"comment"} | ({"path", "side", "line", "diff"} if wish.line or wish.thread else set())
