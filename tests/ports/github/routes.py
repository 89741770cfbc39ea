"""What does GitHub answer at each address?"""

import re
from collections.abc import Callable
from typing import Any, Protocol

from tests.ports.github import answers
from tests.ports.github.hub import Hub, Refused

ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = []


class Served(Protocol):
    """What an answer needs of its server."""

    hub: Hub
    tokens: set[str]
    installation_tokens: int
    token_lasts: str


def route(method: str, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function answer the requests to a path."""

    def named(answer: Callable[..., Any]) -> Callable[..., Any]:
        ROUTES.append((method, re.compile(f"/repos/acme/agents{path}"), answer))
        return answer

    return named


@route("GET", "")
def _repository(server: Served, **_: Any) -> Any:
    return answers.repository(server.hub)


@route("GET", "/git/ref/heads/(.+)")
def _ref(server: Served, branch: str, **_: Any) -> Any:
    if not (sha := server.hub.ref(branch)):
        raise Refused(404, "Not Found")
    return answers.reference(branch, sha)


@route("GET", "/pulls")
def _list(server: Served, query: dict[str, str], **_: Any) -> Any:
    hub = server.hub
    found = [hub.look(number) for number in sorted(hub.pulls, reverse=True)]
    owner, _colon, branch = query.get("head", ":").partition(":")
    # GitHub shows all where it cannot read the filter.
    listed = (
        [one for one in found if one.branch == branch and owner == "acme"] if branch else found
    )
    return [answers.pull(hub, one, whole=False) for one in listed]


@route("POST", "/pulls")
def _open(server: Served, wanted: dict[str, Any], **_: Any) -> Any:
    return answers.pull(server.hub, server.hub.open(wanted), whole=True)


@route("GET", r"/pulls/(\d+)")
def _one(server: Served, number: str, **_: Any) -> Any:
    return answers.pull(server.hub, server.hub.look(int(number)), whole=True)


@route("PATCH", r"/pulls/(\d+)")
def _change(server: Served, number: str, wanted: dict[str, Any], **_: Any) -> Any:
    return answers.pull(server.hub, server.hub.change(int(number), wanted), whole=True)


@route("PUT", r"/pulls/(\d+)/merge")
def _merge(server: Served, number: str, wanted: dict[str, Any], **_: Any) -> Any:
    return answers.merged(server.hub.merge(int(number), wanted))


@route("GET", r"/pulls/(\d+)/files")
def _files(server: Served, number: str, **_: Any) -> Any:
    pull = server.hub.look(int(number))
    return answers.named_files(server.hub.files(server.hub.ref(pull.base), pull.head))


@route("GET", r"/compare/(.+)\.\.\.(.+)")
def _compare(server: Served, old: str, new: str, **_: Any) -> Any:
    return answers.comparison(server.hub.files(old, new))


@route("GET", r"/pulls/(\d+)/reviews")
def _reviews(server: Served, number: str, **_: Any) -> Any:
    return server.hub.reviews.get(int(number), [])


@route("GET", r"/pulls/(\d+)/comments")
def _line_comments(server: Served, number: str, **_: Any) -> Any:
    return server.hub.line_comments.get(int(number), [])


@route("GET", r"/issues/(\d+)/comments")
def _comments(server: Served, number: str, **_: Any) -> Any:
    return server.hub.comments.get(int(number), [])


@route("POST", r"/issues/(\d+)/comments")
def _comment(server: Served, number: str, wanted: dict[str, Any], **_: Any) -> Any:
    listed = server.hub.comments.setdefault(int(number), [])
    server.hub.newest_id += 1
    listed.append(answers.comment("selfimprove", wanted["body"], server.hub.newest_id))
    return listed[-1]


@route("GET", r"/commits/(\w+)/check-runs")
def _check_runs(server: Served, sha: str, **_: Any) -> Any:
    listed = server.hub.check_runs.get(sha, [])
    return {"total_count": len(listed), "check_runs": listed}


@route("GET", r"/commits/(\w+)/status")
def _status(server: Served, sha: str, **_: Any) -> Any:
    return answers.combined(sha, server.hub.statuses.get(sha, []))


@route("POST", r"/statuses/(\w+)")
def _report(server: Served, sha: str, wanted: dict[str, Any], **_: Any) -> Any:
    if not server.hub.has(sha):
        raise Refused(422, f"No commit found for SHA: {sha}")
    made = answers.status(wanted)
    server.hub.statuses.setdefault(sha, []).append(made)
    return made


@route("GET", r"/collaborators/([^/]+)/permission")
def _permission(server: Served, login: str, **_: Any) -> Any:
    if login == "ghost":
        raise Refused(404, "Not Found")
    return answers.permission(login, "read" if login in server.hub.strangers else "write")


@route("GET", "/installation")
def _installation(server: Served, **_: Any) -> Any:
    return answers.installation()


def _token(server: Served, **_: Any) -> Any:
    server.installation_tokens += 1
    token = f"ghs_{server.installation_tokens:036}"
    server.tokens = {token}
    return answers.installation_token(token, server.token_lasts)


ROUTES.append(("POST", re.compile("/app/installations/77/access_tokens"), _token))
