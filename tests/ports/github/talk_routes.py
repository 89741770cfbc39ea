"""What does GitHub answer to those who talk about lines?"""

import re
from typing import Any

from ports.forge.github import graph
from proposals.threads.places import Lines
from tests.ports.github import answers
from tests.ports.github.hub import Hub, Refused
from tests.ports.github.routes import ROUTES as ROUTES
from tests.ports.github.routes import Served, route

OURSELVES = "selfimprove"


def utter(
    hub: Hub,
    login: str,
    body: str,
    *,
    path: str = "config/tools.yaml",
    line: int = 3,
    at: str = "2026-03-02T10:00:00Z",
    number: int = 1,
    **more: Any,
) -> dict[str, Any]:
    """Let somebody comment on a line; `in_reply_to_id` makes it an answer."""
    hub.newest_id += 1
    hunk = f"@@ -1,3 +1,3 @@\n tools:\n+{_line(hub, number, path, line)}"
    said = {"id": hub.newest_id, "side": "RIGHT", "original_line": line, "diff_hunk": hunk}
    made = answers.line_comment(login, body, path, line, at, **{**said, **more})
    hub.line_comments.setdefault(number, []).append(made)
    return made


def _line(hub: Hub, number: int, path: str, line: int) -> str:
    text = hub.git.text("show", f"{hub.look(number).head}:{path}").splitlines()
    return text[line - 1] if line <= len(text) else ""


def _lines(hub: Hub, number: int) -> Lines:
    pull = hub.look(number)
    parted = hub.git.text("merge-base", hub.ref(pull.base), pull.head)
    return Lines(hub.git.run("diff", "-U3", parted, pull.head).stdout.decode())


@route("POST", r"/pulls/(\d+)/comments")
def _on_line(server: Served, number: str, wanted: dict[str, Any], **_: Any) -> Any:
    hub, which = server.hub, int(number)
    if wanted["commit_id"] != hub.look(which).head:
        raise Refused(422, "commit_id is not part of the pull request")
    side = "L" if wanted["side"] == "LEFT" else "R"
    if _lines(hub, which).at(wanted["path"], side, wanted["line"]) is None:
        raise Refused(422, "pull_request_review_thread.line must be part of the diff")
    placed = {"path": wanted["path"], "line": wanted["line"], "side": wanted["side"]}
    return utter(hub, OURSELVES, wanted["body"], number=which, **placed)


@route("POST", r"/pulls/(\d+)/comments/(\d+)/replies")
def _answer(server: Served, number: str, root: str, wanted: dict[str, Any], **_: Any) -> Any:
    first = _find(server.hub.line_comments, int(root))
    where = {"path": first["path"], "line": first["line"], "in_reply_to_id": int(root)}
    return utter(server.hub, OURSELVES, wanted["body"], number=int(number), **where)


@route("GET", "/issues/comments")
def _all(server: Served, **_: Any) -> Any:
    return [one for listed in server.hub.comments.values() for one in listed]


@route("PATCH", r"/(pulls|issues)/comments/(\d+)")
def _edit(server: Served, kind: str, name: str, wanted: dict[str, Any], **_: Any) -> Any:
    found = _find(_kept(server.hub, kind), int(name))
    found |= {"body": wanted["body"], "updated_at": "2026-03-02T11:00:00Z"}
    return found


@route("DELETE", r"/(pulls|issues)/comments/(\d+)")
def _delete(server: Served, kind: str, name: str, **_: Any) -> Any:
    found = _find(_kept(server.hub, kind), int(name))
    for listed in _kept(server.hub, kind).values():
        listed[:] = [one for one in listed if one is not found]


def _kept(hub: Hub, kind: str) -> dict[int, list[dict[str, Any]]]:
    return hub.line_comments if kind == "pulls" else hub.comments


def _find(kept: dict[int, list[dict[str, Any]]], name: int) -> dict[str, Any]:
    found = [one for listed in kept.values() for one in listed if one["id"] == name]
    if not found:
        raise Refused(404, "Not Found")
    return found[0]


def _graph(server: Served, wanted: dict[str, Any], **_: Any) -> Any:
    """Answer the questions that were held against GitHub's published schema."""
    hub, values = server.hub, wanted["variables"]
    if wanted["query"] == graph.THREADS:
        roots = hub.line_comments.get(values["number"], [])
        nodes = [_strand(hub, one) for one in roots if "in_reply_to_id" not in one]
        info = {"hasNextPage": False, "endCursor": None}
        threads = {"nodes": nodes, "pageInfo": info}
        return {"data": {"repository": {"pullRequest": {"reviewThreads": threads}}}}
    if wanted["query"] == graph.LOOK:
        return {"data": {"repository": {"pullRequests": {"totalCount": len(hub.pulls)}}}}
    root = int(values["id"].removeprefix("PRRT_"))
    if wanted["query"] == graph.RESOLVE:
        hub.resolved[root] = OURSELVES
    elif wanted["query"] == graph.UNRESOLVE:
        hub.resolved.pop(root, None)
    else:
        return {"errors": [{"message": "Field does not exist", "type": "undefinedField"}]}
    return {"data": {"thread": {"id": values["id"]}}}


def _strand(hub: Hub, root: dict[str, Any]) -> dict[str, Any]:
    by = hub.resolved.get(root["id"])
    return {
        "id": f"PRRT_{root['id']}",
        "isResolved": by is not None,
        "resolvedBy": {"login": by} if by else None,
        "comments": {"nodes": [{"databaseId": root["id"]}]},
    }


ROUTES.append(("POST", re.compile("/graphql"), _graph))
