"""Does every refusal say what happened and what to do, and keep the token to itself?"""

import logging
from typing import Any

import pytest

from ports.forge import PermanentError, TemporaryError
from ports.forge.github.credentials import Token
from tests.ports.github.clients import Waits, forge_of
from tests.ports.github.server import TOKEN, GitHub, Trouble
from tests.ports.origins import AT

NOT_ACCESSIBLE = "Resource not accessible by personal access token"
CASES: dict[str, tuple[int, dict[str, str], str, str]] = {
    "a token that is no longer one": (
        *(401, {}, "Bad credentials"),
        "revoked, has expired or is mistyped.*GITHUB_TOKEN",
    ),
    "archived": (
        *(403, {}, "Repository was archived so is read-only."),
        "Unarchive the repository, or pause the target",
    ),
    "gone": (410, {}, "Issues are disabled", "removed or switched off"),
    "not allowed from here": (
        *(403, {}, "Although you appear to have the correct authorization credentials, the"
          " `acme` organization has an IP allow list enabled"),
        "Add this machine's address to the allow list",
    ),
    "renamed": (
        *(301, {"Location": "/repositories/7/pulls"}, "Moved Permanently"),
        "change the target's origin to its new address.*/repositories/7",
    ),
    "single sign-on": (
        403,
        {"X-GitHub-SSO": "required; url=https://github.test/sso?a=1"},
        "Resource protected by organization SAML enforcement.",
        r"authorise the token for it at https://github\.test/sso\?a=1",
    ),
    "without a permission": (
        *(403, {"X-Accepted-GitHub-Permissions": "pull_requests=write"}, NOT_ACCESSIBLE),
        "lacks a permission; this would be enough: pull_requests=write",
    ),
    "without a scope": (
        403,
        {"X-Accepted-OAuth-Scopes": "repo", "X-OAuth-Scopes": "gist, read:org"},
        "Must have admin rights to Repository.",
        "lacks the scope repo; it has: gist, read:org",
    ),
    "without anything said": (403, {}, "Forbidden", r"may not do this; docs/github\.md"),
    "unknown": (418, {}, "I am a teapot", "answered 418"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_refusal_says_what_to_do(server: GitHub, waits: Waits, name: str) -> None:
    status, headers, message, words = CASES[name]
    server.troubles.append(
        Trouble("status", "POST", status=status, headers=headers, content={"message": message})
    )
    with pytest.raises(PermanentError, match=words) as refused:
        forge_of(server, waits).open("work", "main", "t", "b")
    assert message[:20] in str(refused.value)
    assert server.hub.pulls == {}
    assert waits.seconds == []  # what will not change by itself is not asked again


def test_a_repository_that_is_not_there_or_not_shown(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    server.troubles.extend([Trouble("status", status=404, content={"message": "Not Found"})] * 2)
    with pytest.raises(PermanentError, match="the token may not see it: GitHub does not say"):
        forge.status(1)


def test_a_pull_request_that_is_not_there_in_a_repository_that_is(
    server: GitHub, waits: Waits
) -> None:
    with pytest.raises(PermanentError, match="no pull request 7 in acme/agents"):
        forge_of(server, waits).status(7)


def test_a_merge_that_a_rule_of_the_branch_forbids(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    head = forge.open("work", "main", "t", "b").head
    server.hub.reviews_required = 1
    with pytest.raises(PermanentError, match="At least 1 approving review is required"):
        forge.merge(1, head, "Merge", AT)


def test_a_merge_that_github_has_not_thought_about_yet(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    head = forge.open("work", "main", "t", "b").head
    words = {"message": "Pull Request is not mergeable"}
    server.troubles.append(Trouble("status", "PUT", status=405, content=words))
    server.hub.mergeable_unknown = 2
    assert forge.merge(1, head, "Merge", AT)
    assert server.count("PUT") == 2


def test_an_archived_repository_is_left_alone(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits)
    forge.open("work", "main", "t", "b")
    server.hub.is_archived = True
    with pytest.raises(PermanentError, match="Unarchive"):
        forge.close(1)


def test_the_token_is_in_no_error_and_no_log(
    server: GitHub, waits: Waits, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    echo = {"message": f"token {TOKEN} is odd", "errors": [{"message": TOKEN}]}
    with caplog.at_level(logging.DEBUG):
        for status in (400, 401, 403, 404, 409, 422, 500):
            server.troubles.extend([Trouble("status", "POST", status=status, content=echo)] * 4)
            with pytest.raises((PermanentError, TemporaryError)) as caught:
                forge_of(server, waits).open("work", "main", "t", "b")
            told += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
            server.troubles.clear()
    assert "is odd" in told[0]
    assert TOKEN not in "".join(told)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(Token(TOKEN))


def test_a_next_page_elsewhere_is_not_asked_for(server: GitHub, waits: Waits) -> None:
    link = {"Link": '<https://elsewhere.test/pulls?page=2>; rel="next"'}
    server.troubles.append(Trouble("status", "GET", status=200, headers=link, content=[]))
    with pytest.raises(PermanentError, match=r"elsewhere\.test for the next page"):
        forge_of(server, waits).find("work")
    assert server.count("GET") == 1


def test_a_redirect_is_not_followed(server: GitHub, waits: Waits) -> None:
    there = {"Location": f"{server.address}/repos/acme/other/pulls"}
    server.troubles.append(Trouble("status", "GET", status=301, headers=there))
    with pytest.raises(PermanentError, match="renamed or transferred"):
        forge_of(server, waits).find("work")
    assert server.count("GET") == 1


NEEDED = {"number", "state", "head", "base", "merged_at", "merge_commit_sha"}


def poorer(content: Any, kept: set[str]) -> Any:
    """Drop every field of a pull request that we do not need, and add strange ones."""
    if isinstance(content, list):
        return [poorer(one, kept) for one in content]
    if not isinstance(content, dict) or "number" not in content:
        return content
    new: dict[str, Any] = {
        "labels": "none",
        "title": None,
        "body": 7,
        "draft": [],
        "mergeable_state": {"a": 1},
    }
    return {key: value for key, value in content.items() if key in kept} | new


def test_what_is_missing_or_new_beside_what_we_need_does_not_matter(
    server: GitHub, waits: Waits
) -> None:
    forge = forge_of(server, waits)
    server.changed = lambda content: poorer(content, NEEDED)
    opened = forge.open("work", "main", "t", "b")
    assert (opened.number, opened.title, opened.body) == (1, "", "")
    assert forge.standing(1).obstacle == ""
    assert forge.merge(1, opened.head, "Merge", AT)


@pytest.mark.parametrize("field", ["base", "head", "number", "state"])
def test_what_we_cannot_do_without_is_named(server: GitHub, waits: Waits, field: str) -> None:
    forge = forge_of(server, waits)
    forge.open("work", "main", "t", "b")
    server.changed = lambda content: poorer(content, NEEDED - {field})
    with pytest.raises(TemporaryError, match=f"GitHub's answer lacks {field}"):
        forge.status(1)


@pytest.mark.parametrize("content", [7, None, "text"], ids=["7", "null", "text"])
def test_json_that_is_neither_object_nor_list(
    server: GitHub, waits: Waits, content: object
) -> None:
    server.changed = lambda _: content
    with pytest.raises(TemporaryError):
        forge_of(server, waits).find("work")
