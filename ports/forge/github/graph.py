"""How is GitHub asked what only its other door tells: whether a thread is resolved?"""

import json
from collections.abc import Mapping
from typing import Any

from ports.forge import Busy, Denied, PermanentError, TemporaryError
from ports.forge.github.calls import Api
from ports.forge.github.limits import UNSAID
from ports.forge.github.reading import dig, text

MOST_PAGES = 20
THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        nodes {
          id isResolved resolvedBy { login }
          comments(first: 1) { nodes { databaseId } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
LOOK = """
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { pullRequests(first: 1) { totalCount } }
}
"""
RESOLVE = """
mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }
"""
UNRESOLVE = """
mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }
"""


def address(root: str) -> str:
    """Return where it is, beside the REST API."""
    return f"{root.removesuffix('/v3')}/graphql"


def ask(api: Api, query: str, doing: str, **values: object) -> Mapping[str, Any]:
    """Return what a query or a mutation answers; half an answer is none."""
    answer = api.ask("POST", address(api.root), doing, {"query": query, "variables": values})
    try:
        told = json.loads(answer.body)
    except ValueError as error:
        raise TemporaryError(f"GitHub gave no JSON when we wanted to {doing}") from error
    if errors := dig(told, "errors"):
        raise _refusal(errors, doing)
    found = dig(told, "data")
    if not isinstance(found, dict):
        raise TemporaryError(f"GitHub's answer lacks data when we wanted to {doing}")
    return found


def look(api: Api, repository: str) -> None:
    """Ask whether the door is open to us; raise what stands in the way."""
    owner, _, name = repository.partition("/")
    ask(api, LOOK, "read threads of pull requests", owner=owner, name=name)


def threads(api: Api, repository: str, number: int) -> list[Any]:
    """Return the threads of a pull request, as GitHub writes them."""
    owner, _, name = repository.partition("/")
    doing, after, found = f"read the threads of pull request {number}", None, []
    for _ in range(MOST_PAGES):
        told = ask(api, THREADS, doing, owner=owner, name=name, number=number, after=after)
        page = dig(told, "repository", "pullRequest", "reviewThreads")
        nodes = dig(page, "nodes")
        if not isinstance(nodes, list):
            raise TemporaryError(f"GitHub's answer lacks nodes when we wanted to {doing}")
        found += nodes
        if dig(page, "pageInfo", "hasNextPage") is not True:
            return found
        after = text(page, "pageInfo", "endCursor")
    raise PermanentError(f"GitHub has more than {MOST_PAGES} pages: we cannot {doing}")


def _refusal(errors: Any, doing: str) -> TemporaryError | PermanentError:
    first = errors[0] if isinstance(errors, list) and errors else {}
    words = text(first, "message")[:300] or "no reason"
    told = f"GitHub would not {doing}: {words}"
    match text(first, "type"):
        case "RATE_LIMITED" | "RATE_LIMIT":
            return Busy(told, UNSAID)
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES" | "NOT_FOUND":
            return Denied(told)
        case "UNPROCESSABLE":
            return PermanentError(told)
    return TemporaryError(told)
