"""Does a look at the token find what it lacks, and change nothing?"""

from typing import Any

import pytest

from ports.forge.github.examining import Examined, examine
from tests.ports.github.clients import Waits, api_of
from tests.ports.github.server import GitHub, Trouble

FINE = {"X-Accepted-GitHub-Permissions": "statuses=write"}
DENIED = {"message": "Resource not accessible by personal access token"}


def looked(server: GitHub, waits: Waits, method: str = "merge") -> Examined:
    return examine(api_of(server, waits), server.hub.name, method)


def test_a_token_that_may_everything_lacks_nothing_and_nothing_is_left(
    server: GitHub, waits: Waits
) -> None:
    assert looked(server, waits) == Examined("", ())
    assert server.hub.pulls == {}
    assert server.hub.statuses == {}
    assert server.count("POST") == 3


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/check-runs", "read checks"),
        ("GET", "/pulls", "read pull requests"),
        ("GET", "/status", "read statuses"),
        ("GET", "/issues/comments", "read comments"),
        ("POST", "/graphql", "read threads"),
        ("POST", "/pulls", "open a pull request"),
        ("POST", "/statuses", "report a check"),
    ],
)
def test_what_it_may_not_do_is_named_with_the_permission(
    server: GitHub, waits: Waits, method: str, path: str, words: str
) -> None:
    trouble = Trouble("status", method, path, status=403, headers=FINE, content=DENIED)
    server.troubles.append(trouble)
    (lacking,) = looked(server, waits).lacking
    assert words in lacking
    assert "this would be enough: statuses=write" in lacking


def test_a_token_that_is_none(server: GitHub, waits: Waits) -> None:
    server.tokens.clear()
    (lacking,) = looked(server, waits).lacking
    assert "revoked, has expired or is mistyped" in lacking


def test_a_classic_token_tells_its_scopes(server: GitHub, waits: Waits) -> None:
    about: dict[str, Any] = {"permissions": {"push": True}, "default_branch": "main"}
    scopes = {"X-OAuth-Scopes": "gist, repo"}
    server.troubles.append(Trouble("status", status=200, headers=scopes, content=about))
    assert looked(server, waits).scopes == "gist, repo"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("allow_squash_merge", False, "does not allow github.merge_method squash"),
        ("archived", True, "the repository is archived"),
        ("permissions", {"push": False}, "may not push to the repository"),
    ],
)
def test_a_repository_that_does_not_let_us(
    server: GitHub, waits: Waits, field: str, value: object, words: str
) -> None:
    server.changed = lambda content: (
        {**content, field: value} if "full_name" in content else content
    )
    (lacking,) = looked(server, waits, "squash").lacking
    assert words in lacking


def test_a_github_that_is_away_says_nothing_of_the_token(server: GitHub, waits: Waits) -> None:
    server.troubles.extend([Trouble("status", status=502)] * 20)
    found = looked(server, waits)
    assert found.lacking == ()
    assert "502" in found.unknown
