"""Does what people say here stand on GitHub once, calling nobody, and change as it does here?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from audit.log import Actor
from audit.texts import erasing
from delivery.hooks import arrivals
from delivery.mirroring import rounds
from delivery.models import Echo, Mirror, Strand
from ports.forge.github.mentions import APART
from proposals.models import Comment
from proposals.threads import saying
from proposals.threads.saying import Speaker
from tests.delivery.mirroring.both import edited, listen, there
from tests.delivery.on_github import Stage
from tests.factories import commit_to_origin, make_user
from tests.ports.github.server import Trouble
from tests.ports.github.talk_routes import utter
from tests.proposals.threads.on_lines import say, shown


@pytest.fixture
def ada(stage: Stage) -> User:
    return make_user(name="ada")


def test_a_comment_and_its_reply_stand_on_the_line_there(stage: Stage, ada: User) -> None:
    thread = say(stage.scene.proposal, "Why not 800?", ada).thread
    saying.reply(thread, "Measured.", by=Speaker.person(ada), at=stage.scene.clock())
    listen(stage)
    head = "**ada** said of the proposal:\n\n"
    assert there(stage) == [f"{head}Why not 800?", f"{head}Measured."]
    first, second = stage.hub.line_comments[1]
    assert (first["path"], first["line"], first["side"]) == ("config/tools.yaml", 3, "RIGHT")
    assert second["in_reply_to_id"] == first["id"]
    listen(stage)
    assert len(there(stage)) == 2
    assert Comment.objects.count() == 2


def test_nobody_is_called_and_nothing_closed(stage: Stage, ada: User) -> None:
    say(stage.scene.proposal, "@mallory fixes #7", ada, on_line=False)
    listen(stage)
    [body] = stage.said()
    assert f"@{APART}mallory fixes #{APART}7" in body


def test_an_answer_to_somebody_there_goes_into_their_thread(stage: Stage, ada: User) -> None:
    root = utter(stage.hub, "bob", "Why?")
    listen(stage)
    thread = Comment.objects.get().thread
    saying.reply(thread, "Because.", by=Speaker.person(ada), at=stage.scene.clock())
    listen(stage)
    assert stage.hub.line_comments[1][-1]["in_reply_to_id"] == root["id"]
    assert shown(stage.scene.proposal) == [("bob", "Why?"), ("ada", "Because.")]


def test_what_was_resolved_here_before_is_resolved_there_too(stage: Stage, ada: User) -> None:
    thread, by = say(stage.scene.proposal, "Why?", ada).thread, Speaker.person(ada)
    saying.settle(thread, resolved=True, by=by, at=stage.scene.clock())
    listen(stage)
    listen(stage, seconds=5)
    [root] = stage.hub.line_comments[1]
    assert stage.hub.resolved == {root["id"]: "selfimprove"}
    assert rounds.due(stage.scene.clock.forward(seconds=5)) == []


def test_changes_and_withdrawals_follow(stage: Stage, ada: User) -> None:
    comment, by = say(stage.scene.proposal, "Wy?", ada), Speaker.person(ada)
    listen(stage)
    saying.edit(comment, "Why?", by=by, at=stage.scene.clock())
    listen(stage)
    assert there(stage) == ["**ada** said of the proposal:\n\nWhy?"]
    saying.remove(comment, by=by, at=stage.scene.clock())
    listen(stage)
    assert there(stage) == []
    listen(stage)
    assert Comment.objects.count() == 1


def test_words_that_are_erased_from_the_log_go_there_too(stage: Stage, ada: User) -> None:
    told = say(stage.scene.proposal, "My number is 555.", ada)
    listen(stage)
    untold = say(stage.scene.proposal, "And 556.", ada)
    for one in (told, untold):
        at = stage.scene.clock()
        erasing.erase(one.words_uid, actor=Actor.person(ada), reason="Private.", at=at)
    listen(stage)
    assert there(stage) == []
    assert rounds.due(stage.scene.clock.forward(seconds=5)) == []


def test_what_others_make_of_our_words_there_does_not_come_back(stage: Stage, ada: User) -> None:
    say(stage.scene.proposal, "I doubt it.", ada)
    listen(stage)
    edited(stage.hub.line_comments[1][0], "I love it.")
    listen(stage)
    assert shown(stage.scene.proposal) == [("ada", "I doubt it.")]
    stage.hub.line_comments[1].clear()
    for _ in range(3):
        listen(stage)
    assert there(stage) == []
    assert shown(stage.scene.proposal) == [("ada", "I doubt it.")]


def test_an_answer_that_was_lost_is_found_and_not_said_again(stage: Stage, ada: User) -> None:
    say(stage.scene.proposal, "Why?", ada)
    lost = Trouble("reset", method="POST", path="/pulls/1/comments", after=True)
    stage.server.troubles.append(lost)
    assert f"#{stage.delivery.pk}: " in listen(stage)
    assert Mirror.objects.get().trouble
    assert not Echo.objects.exists()
    listen(stage)
    assert len(there(stage)) == 1
    assert Strand.objects.get().root == Echo.objects.get().name
    assert Comment.objects.count() == 1
    assert Mirror.objects.get().trouble == ""


def test_a_line_that_github_does_not_have_is_named_in_words(stage: Stage, ada: User) -> None:
    say(stage.scene.proposal, "Why?", ada)
    refused = Trouble("status", method="POST", path="/pulls/1/comments", status=422)
    refused.content = {"message": "pull_request_review_thread.line must be part of the diff"}
    stage.server.troubles.append(refused)
    listen(stage)
    assert there(stage) == []
    [body] = stage.said()
    assert ", about `config/tools.yaml`, line 3:\n\nWhy?" in body


def test_a_token_without_the_right_is_a_trouble_that_is_shown(stage: Stage, ada: User) -> None:
    say(stage.scene.proposal, "Why?", ada)
    wanted = {"X-Accepted-GitHub-Permissions": "pull_requests=write"}
    denied = Trouble("status", method="POST", path="/pulls/1/comments", status=403, headers=wanted)
    denied.content = {"message": "Resource not accessible"}
    stage.server.troubles.append(denied)
    assert "pull_requests=write" in listen(stage)
    assert stage.said() == []
    asked = len(stage.server.asked)
    listen(stage, seconds=5)
    assert len(stage.server.asked) == asked, "it keeps to its pause"
    listen(stage)
    assert len(there(stage)) == 1


def test_a_limit_is_kept_to(stage: Stage) -> None:
    busy = Trouble("status", path="/graphql", status=403, headers={"Retry-After": "900"})
    stage.server.troubles.append(busy)
    assert "limits how often" in listen(stage)
    asked = len(stage.server.asked)
    listen(stage, minutes=10)
    assert len(stage.server.asked) == asked
    assert "trouble" not in listen(stage, minutes=10)
    assert Mirror.objects.get().trouble == ""


def test_a_moved_branch_keeps_comments_on_their_line(stage: Stage, ada: User) -> None:
    text = stage.scene.origin("show", "main:config/tools.yaml") + "\n"
    commit_to_origin(stage.scene.target, {"config/tools.yaml": f"# one\n# two\n{text}"})
    stage.review("bob", "APPROVED")
    stage.choose(reviews=2)
    stage.scene.proposal.refresh_from_db()
    stage.delivery.refresh_from_db()
    say(stage.scene.proposal, "Why?", ada)
    listen(stage)
    [one] = [*stage.hub.line_comments.get(1, []), *stage.hub.comments.get(1, [])]
    assert "Why?" in one["body"]
    assert one.get("line", 3) in (3, 5)


def test_it_is_looked_when_there_is_cause_and_else_each_minute(stage: Stage, ada: User) -> None:
    listen(stage)
    now = stage.scene.clock()
    assert rounds.due(now + timedelta(seconds=5)) == []
    assert rounds.due(now + timedelta(seconds=60)) == [stage.delivery]
    say(stage.scene.proposal, "Why?", ada, at=now)
    assert rounds.due(now + timedelta(seconds=5)) == [stage.delivery]
    listen(stage, seconds=5)
    assert rounds.due(stage.scene.clock()) == []
    payload = {"repository": {"full_name": "acme/agents"}, "pull_request": {"number": 1}}
    arrivals.take("d-1", "pull_request_review_comment", payload, stage.scene.clock())
    assert rounds.due(stage.scene.clock()) == [stage.delivery]


def test_where_nothing_new_is_heard_it_is_looked_less_often(stage: Stage) -> None:
    pauses = []
    for _ in range(7):
        listen(stage, minutes=6)
        pauses.append(Mirror.objects.get().due_at - stage.scene.clock())
    assert [int(one.total_seconds()) for one in pauses] == [60, 120, 180, 240, 300, 300, 300]
    utter(stage.hub, "bob", "Why?")
    listen(stage, minutes=6)
    assert Mirror.objects.get().due_at - stage.scene.clock() == timedelta(minutes=1)


def test_an_ended_delivery_is_listened_to_for_a_day(stage: Stage) -> None:
    stage.hub.pulls[1].is_closed = True
    stage.drive()
    ended = stage.delivery.ended_at
    assert ended is not None
    assert rounds.listened_to(ended + timedelta(hours=23)).exists()
    assert not rounds.listened_to(ended + timedelta(hours=25)).exists()
