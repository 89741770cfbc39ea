"""Does what is said on GitHub stand here once, where it was said, and change as it does there?"""

import pytest

from audit.log import Actor
from audit.models import Entry
from audit.texts import erasing
from delivery.mirroring import rounds
from delivery.models import Echo, Mirror, Strand
from proposals.models import Comment, Proposal, Status, Thread
from proposals.threads import reading, saying
from tests.delivery.mirroring.both import edited, listen
from tests.delivery.on_github import Stage
from tests.ports.github import answers
from tests.ports.github.talk_routes import utter
from tests.proposals.threads.on_lines import shown, talks


def test_a_thread_with_a_reply_stands_on_the_same_line(stage: Stage) -> None:
    root = utter(stage.hub, "zoe", "Why not 800?")
    utter(stage.hub, "bob", "Measured.", in_reply_to_id=root["id"], at="2026-03-02T10:05:00Z")
    listen(stage)
    [talk] = talks(stage.scene.proposal)
    assert talk.place is not None
    assert (talk.place.path, talk.place.line) == ("config/tools.yaml", 3)
    assert shown(stage.scene.proposal) == [("zoe", "Why not 800?"), ("bob", "Measured.")]
    entry = Entry.objects.filter(event="comment.said").earliest("id")
    assert entry.facts["forge"] == "github"
    assert entry.texts["author"] == "zoe"
    assert "zoe" not in entry.body


def test_hearing_it_again_changes_nothing_and_says_nothing_back(stage: Stage) -> None:
    utter(stage.hub, "ada", "Why?")
    for _ in range(3):
        listen(stage)
    assert Comment.objects.count() == 1
    assert len(stage.hub.line_comments[1]) == 1
    assert stage.hub.comments.get(1, []) == []


def test_an_edit_is_followed_and_a_touch_is_none(stage: Stage) -> None:
    said = utter(stage.hub, "ada", "Wy?")
    listen(stage)
    edited(said, "Why?")
    listen(stage)
    assert shown(stage.scene.proposal) == [("ada", "Why?")]
    edited(said, "Why?", at="2026-03-02T13:00:00Z")
    listen(stage)
    assert Entry.objects.filter(event="comment.edited").count() == 1


def test_what_is_deleted_there_goes_after_two_looks(stage: Stage) -> None:
    utter(stage.hub, "ada", "Nonsense!")
    listen(stage)
    kept, stage.hub.line_comments[1] = stage.hub.line_comments[1], []
    listen(stage)
    assert shown(stage.scene.proposal) == [("ada", "Nonsense!")]
    stage.hub.line_comments[1] = kept  # the list only lagged
    listen(stage)
    stage.hub.line_comments[1] = []
    listen(stage)
    listen(stage)
    assert shown(stage.scene.proposal) == [("ada", reading.REMOVED)]
    removed = Entry.objects.get(event="comment.removed")
    assert removed.texts["author"] == "ada"
    listen(stage)
    assert Entry.objects.filter(event="comment.removed").count() == 1


def test_what_was_erased_here_does_not_come_back_by_an_edit_there(stage: Stage) -> None:
    said = utter(stage.hub, "ada", "My number is 555.")
    listen(stage)
    comment = Comment.objects.get()
    actor = Actor.system("audit")
    at = stage.scene.clock()
    erasing.erase(comment.words_uid, actor=actor, reason="Private.", at=at)
    edited(said, "My number is 556.")
    listen(stage)
    assert shown(stage.scene.proposal) == [(reading.NOBODY, reading.ERASED)]


def test_resolving_goes_both_ways(stage: Stage) -> None:
    root = utter(stage.hub, "ada", "Why?")
    listen(stage)
    stage.hub.resolved[root["id"]] = "bob"
    listen(stage)
    [talk] = talks(stage.scene.proposal)
    assert (talk.is_resolved, talk.resolved_by) == (True, "bob")
    stage.hub.resolved.clear()
    listen(stage)
    assert Thread.objects.get().resolved_uid is None
    by = saying.Speaker.outside("test", "carol")
    saying.settle(Thread.objects.get(), resolved=True, by=by, at=stage.scene.clock())
    listen(stage, seconds=1)
    assert stage.hub.resolved == {root["id"]: "selfimprove"}
    listen(stage)
    assert Thread.objects.get().resolved_uid is not None


def test_a_thread_that_is_gone_there_is_resolved_here_and_asked_about_no_more(
    stage: Stage,
) -> None:
    utter(stage.hub, "ada", "Why?")
    listen(stage)
    stage.hub.line_comments.clear()
    by = saying.Speaker.outside("test", "carol")
    saying.settle(Thread.objects.get(), resolved=True, by=by, at=stage.scene.clock())
    listen(stage)
    listen(stage)
    assert rounds.due(stage.scene.clock.forward(seconds=5)) == []
    assert Thread.objects.get().resolved_uid is not None


def test_an_outdated_line_is_said_of_an_earlier_version(stage: Stage) -> None:
    utter(stage.hub, "ada", "Why?").pop("line")
    listen(stage)
    [talk] = talks(stage.scene.proposal)
    assert talk.place is None
    assert talk.thread.quoted == "    timeout_ms: 1200"


def test_a_line_is_found_by_its_words_where_the_numbers_moved(stage: Stage) -> None:
    moved = utter(stage.hub, "ada", "Why?")
    moved |= {"line": 5, "diff_hunk": "@@ -3,3 +3,3 @@\n x\n+    timeout_ms: 1200"}
    other = utter(stage.hub, "bob", "And?", line=3)
    other["diff_hunk"] = "@@ -3,3 +3,3 @@\n+    what this change never said"
    listen(stage)
    first, second = talks(stage.scene.proposal)
    assert first.place is not None
    assert first.place.line == 3
    assert second.place is None


def test_reviews_and_comments_on_the_whole_are_one_conversation(stage: Stage) -> None:
    stage.review("ada", "APPROVED", "Good.")
    stage.hub.reviews[1][0]["id"] = 901
    stage.hub.comments[1] = [answers.comment("bob", "Hm", 902)]
    listen(stage)
    said = {(one.thread.path, one.verdict) for one in Comment.objects.select_related("thread")}
    assert said == {("", "approved there"), ("", "")}
    assert sorted(shown(stage.scene.proposal)) == [("ada", "Good."), ("bob", "Hm")]
    stage.hub.reviews[1][0]["state"] = "DISMISSED"
    listen(stage)
    assert Comment.objects.filter(verdict="withdrawn").count() == 1


def test_a_yes_on_github_is_no_approval_of_ours(stage: Stage) -> None:
    before = list(stage.scene.proposal.reviews.values_list("pk", flat=True))
    stage.review("mallory", "APPROVED", "I approve this as admin.")
    stage.hub.strangers = {"mallory"}
    listen(stage)
    assert list(stage.scene.proposal.reviews.values_list("pk", flat=True)) == before
    assert Proposal.objects.get().status in (Status.APPROVED, Status.PR_OPEN)
    assert not stage.delivery.merge_commit


def test_a_copied_mark_hides_nothing_and_says_nothing_twice(stage: Stage) -> None:
    marked = f"Mine! <!-- selfimprove:comment-{'1' * 8}-1111-4111-8111-{'1' * 12} -->"
    utter(stage.hub, "mallory", marked)
    utter(stage.hub, "mallory", "No! <!-- selfimprove:nudge-1 -->")
    listen(stage)
    assert [who for who, _ in shown(stage.scene.proposal)] == ["mallory", "mallory"]


def test_our_own_reminders_are_no_comments(stage: Stage) -> None:
    stage.drive(hours=9)
    assert len(stage.said()) == 1
    listen(stage)
    assert not Comment.objects.exists()


def test_odd_words_are_cut_cleaned_or_left(stage: Stage) -> None:
    utter(stage.hub, "eve", "x" * 20_000)
    utter(stage.hub, "eve", " \n ")
    utter(stage.hub, "eve\0", "Bearer abcdef0123456789abcdef\0", at="not a date")
    utter(stage.hub, "eve", "later", at="2999-01-01T00:00:00Z")
    listen(stage)
    said = shown(stage.scene.proposal)
    assert len(said) == 3
    assert any(words.endswith("the rest stands on GitHub.") for _, words in said)
    assert not any("abcdef0123456789" in words for _, words in said)
    assert all(one.at <= stage.scene.clock() for one in Comment.objects.all())


def test_a_flood_is_kept_out_and_said_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "MOST", 2)
    for number in range(4):
        utter(stage.hub, "eve", f"spam {number}")
    assert "Not everything that eve said is kept here" in listen(stage)
    assert Comment.objects.count() == 2
    assert "no more are kept" in Mirror.objects.get().trouble


def test_a_reply_to_what_is_gone_begins_a_thread(stage: Stage) -> None:
    utter(stage.hub, "bob", "Yes.", in_reply_to_id=4711)
    utter(stage.hub, "ada", "No.", in_reply_to_id=4711)
    listen(stage)
    assert Strand.objects.get().root == "line:4711"
    assert Echo.objects.count() == 2
    assert Thread.objects.count() == 1
