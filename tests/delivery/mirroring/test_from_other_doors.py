"""Does what is said in a chat or by a tool stand on the pull request, as any other word?"""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from proposals.models import Comment, Thread
from selfimprove.mcp import talking
from selfimprove.mcp.talking import Wish
from telemetry.doors.models import Scope
from tests.chat.talking import SECRET, Talk, account
from tests.delivery.mirroring.both import listen, there
from tests.delivery.on_github import Stage
from tests.factories import make_user
from tests.mcp.tokens import issue
from tests.proposals.threads.on_lines import FILE


@pytest.fixture
def ada(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setenv("CHAT_WEBHOOK_SECRET", SECRET)
    return make_user("reviewer", name="ada")


def test_a_line_of_a_chat_stands_there_once_though_it_came_twice(stage: Stage, ada: User) -> None:
    account(ada)
    talk, signs = Talk(), str(stage.scene.proposal.pk)[:8]
    for _ in range(2):
        talk(f"comment {signs} {FILE}:3 Why not 800?", id="once")
    listen(stage)
    number = Thread.objects.get().pk
    for _ in range(2):
        talk(f"reply {number} Measured.", id="twice")
    listen(stage)
    head = "**ada** said of the proposal:\n\n"
    assert there(stage) == [f"{head}Why not 800?", f"{head}Measured."]
    [root, answer] = stage.hub.line_comments[1]
    assert (root["path"], root["line"]) == (FILE, 3)
    assert answer["in_reply_to_id"] == root["id"]
    talk(f"resolve {number}")
    listen(stage)
    assert stage.hub.resolved == {root["id"]: "selfimprove"}
    listen(stage)
    assert Comment.objects.count() == 2


def test_what_an_agent_says_stands_there_once_though_it_called_twice(
    stage: Stage, ada: User
) -> None:
    proposal, now = stage.scene.proposal, timezone.now()
    secret = issue(proposal.target, ada, Scope.PROPOSALS_DECIDE).secret
    wish = Wish("Why not 800?", path=FILE, line=3, diff_digest=proposal.diff_digest)
    for _ in range(2):
        said = talking.say_comment(secret, now, wanted=str(proposal.pk), wish=wish, key="")
        listen(stage)
    assert there(stage) == ["**ada** said of the proposal:\n\nWhy not 800?"]
    [root] = stage.hub.line_comments[1]
    talking.settle_thread(secret, now, wanted=str(proposal.pk), thread=said.thread, resolved=True)
    listen(stage)
    assert stage.hub.resolved == {root["id"]: "selfimprove"}
