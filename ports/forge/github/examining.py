"""Does the token work for a repository, and which of what is needed does it lack?"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ports.forge import PermanentError, TemporaryError
from ports.forge.github import graph
from ports.forge.github.calls import Api
from ports.forge.github.reading import dig, text
from ports.forge.github.refusals import NoBase, NoHead
from ports.forge.github.wire import Answer

NOWHERE = "selfimprove/there-is-no-such-branch"
NO_COMMIT = "0" * 40
_BUTTONS = {
    "merge": "allow_merge_commit",
    "squash": "allow_squash_merge",
    "rebase": "allow_rebase_merge",
}


@dataclass(frozen=True)
class Examined:
    """What a look at a repository with our token found."""

    scopes: str  # of a classic token; the other kinds do not tell
    lacking: tuple[str, ...]  # without these it does not go
    unknown: str = ""  # why it could not be found out, if it could not


def examine(api: Api, repository: str, merge_method: str) -> Examined:
    """Ask for everything that a delivery asks for; what would change something asks in vain."""
    place = f"/repos/{repository}"
    try:
        answer = api.ask("GET", api.root + place, f"look at {repository}")
        about = json.loads(answer.body)
        lacking = [*_of_repository(about, merge_method), *_tried(api, place, about)]
    except PermanentError as error:
        return Examined("", (str(error),))
    except (TemporaryError, ValueError) as error:
        return Examined("", (), unknown=str(error))
    return Examined(_scopes(answer), tuple(lacking))


def _scopes(answer: Answer) -> str:
    return answer.headers.get("x-oauth-scopes", "")


def _of_repository(about: Any, merge_method: str) -> Iterator[str]:
    if dig(about, "archived") is True:
        yield "the repository is archived: nothing can be proposed there"
    if dig(about, "permissions", "push") is False:
        yield "whose token this is may not push to the repository: give them the role Write"
    # Only those who may merge are told which ways are allowed.
    if dig(about, _BUTTONS[merge_method]) is False:
        yield f"the repository does not allow github.merge_method {merge_method}"


def _tried(api: Api, place: str, about: Any) -> Iterator[str]:
    branch = text(about, "default_branch") or "main"
    for act in (
        lambda: api.get(f"{place}/pulls", "read pull requests", per_page=1),
        lambda: api.get(f"{place}/commits/{branch}/check-runs", "read checks", per_page=1),
        lambda: api.get(f"{place}/commits/{branch}/status", "read statuses", per_page=1),
        lambda: api.get(f"{place}/issues/comments", "read comments", per_page=1),
        lambda: graph.look(api, place.removeprefix("/repos/")),
        lambda: _in_vain(api, f"{place}/pulls", "open a pull request", _pull(branch)),
        lambda: _in_vain(api, f"{place}/statuses/{NO_COMMIT}", "report a check", _STATUS),
    ):
        yield from _refused(act)


_STATUS: dict[str, object] = {"state": "pending", "context": "selfimprove/doctor"}


def _pull(base: str) -> dict[str, object]:
    return {"head": NOWHERE, "base": base, "title": "Nothing", "body": ""}


def _in_vain(api: Api, path: str, doing: str, body: dict[str, object]) -> None:
    """Ask for what cannot be done: whoever may not do it at all is told that instead."""
    try:
        api.send("POST", path, doing, body)
    except (NoHead, NoBase):
        return
    except PermanentError as error:
        if "answered 422" not in str(error):
            raise


def _refused(act: Callable[[], object]) -> Iterator[str]:
    try:
        act()
    except PermanentError as error:
        yield str(error)
