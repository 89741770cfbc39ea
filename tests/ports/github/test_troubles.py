"""Is everything done once and only once, whatever happens to an answer?"""

import pytest

from ports.forge import Check, Light, State, TemporaryError
from tests.ports.github.clients import Waits, forge_of
from tests.ports.github.server import GitHub, Trouble
from tests.ports.origins import AT, sha

KINDS = ("half", "html", "reset", "slow", "status")
QUICK = 0.4  # seconds until a slow answer is given up


def trouble(kind: str, method: str, path: str = "", *, after: bool) -> Trouble:
    return Trouble(kind, method, path, after=after, status=502 if kind == "status" else 200)


@pytest.mark.parametrize("after", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_pull_request_is_opened(server: GitHub, waits: Waits, kind: str, after: bool) -> None:
    server.troubles.append(trouble(kind, "POST", "/pulls", after=after))
    opened = forge_of(server, waits, seconds=QUICK).open("work", "main", "t", "b")
    assert (opened.number, opened.state) == (1, State.OPEN)
    assert list(server.hub.pulls) == [1]
    assert server.count("POST") == (1 if after else 2)
    assert waits.seconds == [0.5]


@pytest.mark.parametrize("after", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_merge_is_made(server: GitHub, waits: Waits, kind: str, after: bool) -> None:
    git = server.hub.git
    forge = forge_of(server, waits, seconds=QUICK)
    head = forge.open("work", "main", "t", "b").head
    server.troubles.append(trouble(kind, "PUT", after=after))
    merge = forge.merge(1, head, "Merge it", AT)
    assert sha(git, "main") == merge
    assert git.text("rev-list", "--count", "--merges", "main") == "1"
    assert server.count("PUT") == (1 if after else 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_comment_is_left_once(server: GitHub, waits: Waits, kind: str) -> None:
    forge = forge_of(server, waits, seconds=QUICK)
    forge.open("work", "main", "t", "b")
    server.troubles.append(trouble(kind, "POST", "/comments", after=True))
    forge.say(1, "nudge-1", "It waits.")
    forge.say(1, "nudge-1", "It waits.")
    forge.say(1, "nudge-2", "It still waits.")
    texts = [one["body"] for one in server.hub.comments[1]]
    assert [text.partition("\n")[0] for text in texts] == ["It waits.", "It still waits."]


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_is_reported_once(server: GitHub, waits: Waits, kind: str) -> None:
    forge = forge_of(server, waits, seconds=QUICK)
    head = sha(server.hub.git, "work")
    server.troubles.append(trouble(kind, "POST", "/statuses", after=True))
    forge.report(head, Check("gates", Light.PASSED, "All let it pass."))
    forge.report(head, Check("gates", Light.PASSED, "All let it pass."))
    forge.report(head, Check("gates", Light.FAILED, "One refused."))
    states = [one["state"] for one in server.hub.statuses[head]]
    assert states == ["success", "failure"]


def test_a_close_that_nobody_heard_of_is_not_repeated(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    forge.open("work", "main", "t", "b")
    server.troubles.append(trouble("reset", "PATCH", after=True))
    forge.close(1)
    assert server.count("PATCH") == 1
    assert forge.status(1).state == State.CLOSED


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_asked_again(server: GitHub, waits: Waits, kind: str) -> None:
    forge = forge_of(server, waits, seconds=QUICK)
    forge.open("work", "main", "t", "b")
    waits.seconds.clear()
    server.troubles.extend([trouble(kind, "GET", after=False)] * 2)
    assert forge.status(1).number == 1
    assert waits.seconds == [0.5, 1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_patience_ends(server: GitHub, waits: Waits, kind: str) -> None:
    server.troubles.extend([trouble(kind, "GET", after=False)] * 9)
    with pytest.raises(TemporaryError):
        forge_of(server, waits, seconds=QUICK).find("work")
    assert server.count("GET") == 4
    assert waits.clock() < 45


def test_nothing_answers_at_all(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    server.shutdown()
    server.socket.close()
    with pytest.raises(TemporaryError, match="could not be reached"):
        forge.find("work")


def test_html_in_the_place_of_json_says_where_to_look(server: GitHub, waits: Waits) -> None:
    server.troubles.extend([trouble("html", "GET", after=False)] * 9)
    with pytest.raises(TemporaryError, match=r"text/html that is no JSON.*github\.url"):
        forge_of(server, waits).find("work")


def test_somebody_else_opened_it_in_between(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    server.troubles.append(Trouble("status", "GET", status=200, content=[]))
    server.hub.open({"head": "work", "base": "main", "title": "theirs", "body": ""})
    assert forge.open("work", "main", "ours", "b").title == "theirs"
    assert len(server.hub.pulls) == 1


def test_a_merge_that_the_base_got_in_the_way_of_is_tried_again(
    server: GitHub, waits: Waits
) -> None:
    forge = forge_of(server, waits)
    head = forge.open("work", "main", "t", "b").head
    words = {"message": "Base branch was modified. Review and try the merge again."}
    server.troubles.append(Trouble("status", "PUT", status=405, content=words))
    assert forge.merge(1, head, "Merge", AT) == sha(server.hub.git, "main")
    assert server.count("PUT") == 2
