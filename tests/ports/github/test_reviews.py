"""Is what people, checks and rules say on GitHub read as it is there?"""

import pytest

from ports.forge import Check, Light, Opinion, Remark, State
from tests.ports.github import answers
from tests.ports.github.clients import Waits, forge_of
from tests.ports.github.server import GitHub
from tests.ports.origins import AT, commit, sha

HOURS = [f"2026-03-01T{hour:02}:00:00Z" for hour in range(24)]


def test_reviews_and_comments_come_in_their_order(server: GitHub, waits: Waits) -> None:
    forge, hub = forge_of(server, waits), server.hub
    head = forge.open("work", "main", "t", "b").head
    hub.reviews[1] = [
        answers.review("ada", "CHANGES_REQUESTED", "Not so fast", head, HOURS[1]),
        answers.review("ada", "APPROVED", "", head, HOURS[5]),
        answers.review("bob", "DISMISSED", "Yes", head, HOURS[3]),
        answers.review("eve", "COMMENTED", "Why?", head, HOURS[4]),
    ]
    hub.line_comments[1] = [answers.line_comment("bob", "Here?", "a.txt", 1, HOURS[2])]
    hub.comments[1] = [{**answers.comment("eve", "Hm", 1), "user": None, "created_at": HOURS[6]}]
    said = [(one.author, one.opinion, one.text) for one in forge.standing(1).remarks]
    assert said == [
        ("ada", Opinion.CHANGES_ASKED, "Not so fast"),
        ("bob", Opinion.SAID, "Here?"),
        ("bob", Opinion.WITHDRAWN, "Yes"),
        ("eve", Opinion.SAID, "Why?"),
        ("ada", Opinion.APPROVED, ""),
        ("ghost", Opinion.SAID, "Hm"),
    ]
    counted = {one.author for one in forge.standing(1).remarks if one.counts}
    assert counted == {"ada", "bob"}
    on_a_line = forge.standing(1).remarks[1]
    assert isinstance(on_a_line, Remark)
    assert (on_a_line.path, on_a_line.line) == ("a.txt", 1)


def test_the_yes_of_somebody_who_may_only_read_does_not_count(
    server: GitHub, waits: Waits
) -> None:
    forge, hub = forge_of(server, waits), server.hub
    head = forge.open("work", "main", "t", "b").head
    hub.strangers = {"mallory"}
    hub.reviews[1] = [
        answers.review("mallory", "APPROVED", "LGTM", head, HOURS[1]),
        answers.review("ghost", "APPROVED", "LGTM", head, HOURS[2]),
        answers.review("ada", "APPROVED", "LGTM", head, HOURS[3]),
    ]
    assert [one.counts for one in forge.standing(1).remarks] == [False, False, True]


@pytest.mark.parametrize(
    ("status", "conclusion", "light"),
    [
        ("completed", "action_required", Light.FAILED),
        ("completed", "cancelled", Light.FAILED),
        ("completed", "failure", Light.FAILED),
        ("completed", "neutral", Light.PASSED),
        ("completed", "skipped", Light.PASSED),
        ("completed", "success", Light.PASSED),
        ("completed", "timed_out", Light.FAILED),
        ("in_progress", None, Light.PENDING),
        ("queued", None, Light.PENDING),
    ],
)
def test_a_check_of_an_app(
    server: GitHub, waits: Waits, status: str, conclusion: str | None, light: Light
) -> None:
    forge = forge_of(server, waits)
    head = forge.open("work", "main", "t", "b").head
    server.hub.check_runs[head] = [answers.check_run("tests", status, conclusion, head)]
    (found,) = forge.standing(1).checks
    assert (found.name, found.light) == ("tests", light)


@pytest.mark.parametrize(
    ("state", "light"),
    [
        ("error", Light.FAILED),
        ("failure", Light.FAILED),
        ("pending", Light.PENDING),
        ("success", Light.PASSED),
    ],
)
def test_the_newest_status_of_a_context_counts(
    server: GitHub, waits: Waits, state: str, light: Light
) -> None:
    forge = forge_of(server, waits)
    head = forge.open("work", "main", "t", "b").head
    for one in ("pending", state):
        wanted = {"state": one, "context": "ci", "description": "d", "target_url": None}
        server.hub.statuses.setdefault(head, []).append(answers.status(wanted))
    assert forge.standing(1).checks == (Check("ci", light, "d", ""),)


def test_our_own_check_is_no_check_of_others(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    head = forge.open("work", "main", "t", "b").head
    forge.report(head, Check("gates", Light.FAILED, "x" * 500, "https://control.test/1"))
    (shown,) = server.hub.statuses[head]
    assert shown["context"] == "selfimprove/gates"
    assert shown["target_url"] == "https://control.test/1"
    assert len(shown["description"]) == 140
    assert forge.standing(1).checks == ()


def test_pages_are_read_to_their_end(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    forge.open("work", "main", "t", "b")
    server.most_on_a_page = 2
    for number in range(7):
        forge.say(1, f"n{number}", f"text {number}")
    assert len(server.hub.comments[1]) == 7
    forge.say(1, "n6", "text 6")
    assert len(server.hub.comments[1]) == 7
    assert len(forge.standing(1).remarks) == 7


def test_a_pull_request_on_a_later_page_is_found(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    for number in range(5):
        commit(server.hub.git, f"w{number}", {"c.txt": f"{number}\n"}, sha(server.hub.git, "main"))
        forge.open(f"w{number}", "main", "t", "b")
    server.most_on_a_page, server.hub.filters = 2, False
    found = forge.find("w0")
    assert found is not None
    assert found.number == 1


def test_a_filter_that_github_ignored_finds_no_strangers(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    forge.open("work", "main", "t", "b")

    def of_a_fork(content: object) -> object:
        for one in content if isinstance(content, list) else []:
            one["head"]["repo"] = {**one["head"]["repo"], "full_name": "mallory/agents"}
        return content

    server.changed = of_a_fork
    assert forge.find("work") is None


@pytest.mark.parametrize(("unknown", "draft", "required", "words"), [
    (0, False, 0, ""),
    (0, False, 1, "rules for main are not met yet"),
    (0, True, 0, "is a draft"),
    (1, False, 0, "has not found out yet"),
])  # fmt: skip
def test_what_stands_in_the_way(
    server: GitHub, waits: Waits, unknown: int, draft: bool, required: int, words: str
) -> None:
    forge = forge_of(server, waits)
    forge.open("work", "main", "t", "b")
    server.hub.pulls[1].is_draft = draft
    server.hub.mergeable_unknown, server.hub.reviews_required = unknown, required
    told = forge.standing(1).obstacle
    assert words in told if words else told == ""


@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("rebase", 1), ("squash", 1)])
def test_the_three_ways_to_merge(server: GitHub, waits: Waits, method: str, parents: int) -> None:
    git = server.hub.git
    forge = forge_of(server, waits, method=method)
    head = forge.open("work", "main", "t", "b").head
    merge = forge.merge(1, head, "Merge the work\n\nReviewed-by: ada", AT)
    assert sha(git, "main") == merge == forge.merge(1, head, "again", AT)
    assert len(git.text("rev-list", "--parents", "-n1", merge).split()) == 1 + parents
    assert git.text("show", f"{merge}:a.txt") == "two"
    assert forge.status(1).state == State.MERGED
    body = git.text("log", "-1", "--format=%B", merge)
    assert ("Reviewed-by: ada" in body) is (method != "rebase")


def test_a_long_proposal_is_cut_where_github_would_refuse_it(server: GitHub, waits: Waits) -> None:
    opened = forge_of(server, waits).open("work", "main", "One\n" + "two " * 99, "ü" * 70_000)
    assert len(opened.body) == 65_000
    assert opened.body.endswith("the rest stands on the proposal's own page.*\n")
    assert opened.title.startswith("One two two")
    assert len(opened.title) <= 250
