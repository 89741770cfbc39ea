"""What do GitHub's answers say, read with no more trust than is needed?

Only what we act on has to be there. What is missing, new or of another kind beside it is
passed over: GitHub adds fields at any time, and its own examples do not keep its description.
"""

from collections.abc import Callable
from typing import Any

from ports.forge import Check, Light, Opinion, PullRequest, Remark, State, TemporaryError

_OPINIONS = {
    "APPROVED": Opinion.APPROVED,
    "CHANGES_REQUESTED": Opinion.CHANGES_ASKED,
    "DISMISSED": Opinion.WITHDRAWN,
}
# A skipped or neutral check is no objection: GitHub's own rules let them pass as well.
_GREEN = {"success", "neutral", "skipped"}
_OBSTACLES = {
    "blocked": "GitHub's rules for {base} are not met yet: a review or a check is missing",
    "draft": "the pull request is a draft: mark it as ready on GitHub",
    "unknown": "GitHub has not found out yet whether it can be merged",
}


def dig(content: Any, *path: str) -> Any:
    """Return what lies at a path of keys, or None when it does not lie there."""
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def text(content: Any, *path: str) -> str:
    """Return the text at a path, or nothing."""
    found = dig(content, *path)
    return found if isinstance(found, str) else ""


def number(content: Any, *path: str) -> int | None:
    """Return the whole number at a path, if there is one."""
    found = dig(content, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def needed(content: Any, *path: str) -> str:
    """Return the text at a path without which we could not go on."""
    if found := text(content, *path):
        return found
    raise TemporaryError(f"GitHub's answer lacks {'.'.join(path)}")


def pull_request(content: Any) -> PullRequest:
    """Read a pull request, from a list or by itself."""
    which = number(content, "number")
    if which is None:
        raise TemporaryError("GitHub's answer lacks number")
    state = _state(content)
    merge = needed(content, "merge_commit_sha") if state is State.MERGED else ""
    return PullRequest(
        number=which,
        branch=needed(content, "head", "ref"),
        base=needed(content, "base", "ref"),
        head=needed(content, "head", "sha"),
        title=text(content, "title"),
        body=text(content, "body"),
        state=state,
        merge_commit=merge,  # before the merge GitHub keeps a trial of it there
        url=text(content, "html_url"),
    )


def _state(content: Any) -> State:
    if text(content, "merged_at") or dig(content, "merged") is True:
        return State.MERGED
    return State.CLOSED if needed(content, "state").lower() == "closed" else State.OPEN


def obstacle(content: Any) -> str:
    """Say why GitHub would not merge it now, where that can still change by itself."""
    if dig(content, "draft") is True:
        return _OBSTACLES["draft"]
    words = _OBSTACLES.get(text(content, "mergeable_state").lower(), "")
    return words.format(base=text(content, "base", "ref"))


def review(content: Any) -> Remark:
    """Read a review with its verdict."""
    opinion = _OPINIONS.get(text(content, "state").upper(), Opinion.SAID)
    return _remark(content, opinion, text(content, "submitted_at"))


def comment(content: Any) -> Remark:
    """Read a comment, on the whole or on a line."""
    return _remark(content, Opinion.SAID, text(content, "created_at"))


def _remark(content: Any, opinion: Opinion, at: str) -> Remark:
    return Remark(
        author=text(content, "user", "login") or "ghost",  # an account that was deleted
        opinion=opinion,
        text=text(content, "body"),
        at=at,
        path=text(content, "path"),
        line=number(content, "line") or number(content, "original_line"),
        url=text(content, "html_url"),
    )


def check_run(content: Any) -> Check:
    """Read a check of an App, such as a job of Actions."""
    conclusion = text(content, "conclusion").lower()
    light = Light.PENDING
    if text(content, "status").lower() == "completed":
        light = Light.PASSED if conclusion in _GREEN else Light.FAILED
    words = text(content, "output", "title") or conclusion
    return Check(text(content, "name"), light, words, text(content, "html_url"))


def status(content: Any) -> Check:
    """Read a commit status, as older systems report."""
    lights = {"success": Light.PASSED, "pending": Light.PENDING}
    light = lights.get(text(content, "state").lower(), Light.FAILED)
    words = text(content, "description")
    return Check(text(content, "context"), light, words, text(content, "target_url"))


def each(items: list[Any], read: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Read every item that is an object; what is none is passed over."""
    return tuple(read(item) for item in items if isinstance(item, dict))
