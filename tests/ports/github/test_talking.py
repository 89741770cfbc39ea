"""Are comments, threads and their replies read and written as GitHub describes them?"""

import pytest

from ports.forge import Busy, Denied, Opinion, PermanentError, TemporaryError
from ports.forge.github import graph
from ports.forge.github.talking import GitHubConversation
from ports.forge.talk import Spot, Strand
from tests.ports.github import answers
from tests.ports.github.clients import Waits, api_of, forge_of
from tests.ports.github.server import GitHub, Trouble
from tests.ports.github.talk_routes import utter

SPOT = Spot("a.txt", "R", 1)


def talk_of(server: GitHub, waits: Waits) -> GitHubConversation:
    return GitHubConversation(api_of(server, waits), server.hub.name)


@pytest.fixture
def head(server: GitHub, waits: Waits) -> str:
    return forge_of(server, waits).open("work", "main", "t", "b").head


def test_a_line_a_reply_and_the_whole_are_written_and_heard(
    server: GitHub, waits: Waits, head: str
) -> None:
    talk = talk_of(server, waits)
    root = talk.speak(1, "Why?", commit=head, spot=SPOT)
    reply = talk.speak(1, "So.", root=root)
    whole = talk.speak(1, "Fine.")
    heard = {one.name: one for one in talk.hear(1).uttered}
    assert set(heard) == {root, reply, whole}
    assert (heard[root].spot, heard[root].root, heard[root].is_ours) == (SPOT, "", True)
    assert heard[reply].root == root
    assert heard[whole].spot is None
    assert heard[root].line_text == "two"


def test_a_line_outside_the_diff_is_refused_for_good(
    server: GitHub, waits: Waits, head: str
) -> None:
    with pytest.raises(PermanentError, match="part of the diff"):
        talk_of(server, waits).speak(1, "x", commit=head, spot=Spot("a.txt", "R", 99))


def test_what_is_changed_or_withdrawn(server: GitHub, waits: Waits, head: str) -> None:
    talk = talk_of(server, waits)
    root = talk.speak(1, "Wy?", commit=head, spot=SPOT)
    talk.change(root, "Why?")
    [heard] = talk.hear(1).uttered
    assert (heard.text, heard.edited != heard.at) == ("Why?", True)
    whole = talk.speak(1, "Hm")
    for name in (root, whole, whole):
        talk.withdraw(name)
    assert talk.hear(1).uttered == ()


def test_others_and_reviews_are_heard_with_their_verdicts(
    server: GitHub, waits: Waits, head: str
) -> None:
    hub = server.hub
    utter(hub, "ada", "Old", path="a.txt", line=1)
    utter(hub, "bob", "About the file", path="a.txt", line=1)

    def as_it_is(content: object) -> object:
        """Write null where GitHub does, though its description has no place for it."""
        for one in content if isinstance(content, list) else []:
            if one.get("body") in ("Old", "About the file"):
                one["line"] = None
            if one.get("body") == "About the file":
                one |= {"original_line": None, "user": None}
        return content

    server.changed = as_it_is
    given = answers.review("ada", "APPROVED", "", head, "2026-03-01T01:00:00Z")
    hub.reviews[1] = [{**given, "id": 77}]
    review, old, on_file = talk_of(server, waits).hear(1).uttered
    assert (review.name, review.opinion) == ("review:77", Opinion.APPROVED)
    assert (old.is_current, old.spot) == (False, SPOT)
    assert (on_file.spot, on_file.author) == (None, "ghost")
    assert not any(one.is_ours for one in (review, old, on_file))


def test_threads_are_resolved_and_opened_again(server: GitHub, waits: Waits, head: str) -> None:
    talk = talk_of(server, waits)
    root = talk.speak(1, "Why?", commit=head, spot=SPOT)
    strand = talk.hear(1).strands[root]
    assert not strand.is_resolved
    talk.settle(strand, resolved=True)
    assert talk.hear(1).strands[root] == Strand(strand.key, True, "selfimprove")
    talk.settle(strand, resolved=False)
    assert not talk.hear(1).strands[root].is_resolved


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("RATE_LIMITED", Busy),
        ("FORBIDDEN", Denied),
        ("NOT_FOUND", Denied),
        ("UNPROCESSABLE", PermanentError),
        ("", TemporaryError),
    ],
)
def test_an_error_behind_a_success_is_an_error(
    server: GitHub, waits: Waits, head: str, kind: str, error: type[Exception]
) -> None:
    said = {"data": None, "errors": [{"type": kind, "message": "No."}]}
    server.troubles.append(Trouble("status", path="/graphql", status=200, content=said))
    with pytest.raises(error, match=r"No\."):
        talk_of(server, waits).hear(1)


@pytest.mark.parametrize("content", [[], {}, {"data": {"repository": None}}, {"data": []}])
def test_half_an_answer_is_none(server: GitHub, waits: Waits, head: str, content: object) -> None:
    server.troubles.append(Trouble("status", path="/graphql", status=200, content=content))
    with pytest.raises(TemporaryError, match="lacks"):
        talk_of(server, waits).hear(1)


@pytest.mark.parametrize(
    ("root", "address"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.acme.test/api/v3", "https://git.acme.test/api/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
    ],
)
def test_where_the_other_door_is(root: str, address: str) -> None:
    assert graph.address(root) == address
