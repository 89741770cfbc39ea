"""What does git learn from an origin and bring to it, and what if that does not answer?"""

from ports.git import Git, GitFailed, GitTimedOut, Output
from ports.git_access import Access
from ports.git_access import reach as reach_once

NETWORK_TIMEOUT = 300.0
_FETCH = (
    *("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head"),
    *("origin", "+refs/heads/*:refs/remotes/origin/*"),
)


class OriginUnreachable(Exception):
    """The origin did not answer, or not as a git repository; the words are git's own."""


class PushRefused(Exception):
    """The origin answered, and did not take what was pushed."""


def reach(git: Git, access: Access, *arguments: str) -> Output:
    """Run git against the origin, with the right that we have there."""
    return reach_once(git, access, *arguments, timeout=NETWORK_TIMEOUT)


def fetch(git: Git, access: Access) -> None:
    """Learn where its branches are; raise OriginUnreachable."""
    try:
        reach(git, access, *_FETCH)
    except GitFailed as error:
        raise OriginUnreachable(error.words) from error


def push(git: Git, access: Access, *refspecs: str) -> None:
    """Push refspecs, all or none; raise PushRefused or OriginUnreachable."""
    try:
        reach(git, access, "push", "--quiet", "--atomic", "origin", *refspecs)
    except GitTimedOut as error:
        raise OriginUnreachable(error.words) from error
    except GitFailed as error:
        refused = "rejected" in error.words or "remote rejected" in error.words
        raise (PushRefused if refused else OriginUnreachable)(error.words) from error
