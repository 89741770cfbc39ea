"""With which right does git reach an origin, and who learns of it?

What is secret goes to git in its environment: not in an address, an argument, a file or a word.
"""

from collections.abc import Mapping
from typing import Protocol

from ports.git import Git, GitFailed, Output

_REFUSED = ("Authentication failed", "could not read Username", "error: 401")


class Access(Protocol):
    """A right at one origin."""

    def secrets(self) -> Mapping[str, str]:
        """Return the entries of git's environment that carry the right; none needs none."""

    def renew(self) -> bool:
        """Forget what was refused; return whether another one can be had."""

    def told(self, words: str) -> str:
        """Return git's words without a secret, and with what a person can do about them."""


class Own:
    """Whatever git has of itself: an SSH key, or nothing, as for a folder."""

    def secrets(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    def renew(self) -> bool:
        """Say that there is no other."""
        return False

    def told(self, words: str) -> str:
        """Return the words as they are."""
        return words


def reach(git: Git, access: Access, *arguments: str, timeout: float) -> Output:
    """Run git against an origin; once more where the right had run out and can be renewed."""
    try:
        return _run(git, access, arguments, timeout)
    except GitFailed as error:
        if not any(mark in error.words for mark in _REFUSED) or not access.renew():
            raise
    return _run(git, access, arguments, timeout)


def _run(git: Git, access: Access, arguments: tuple[str, ...], timeout: float) -> Output:
    try:
        return git.run(*arguments, timeout=timeout, secrets=access.secrets())
    except GitFailed as error:
        error.words = access.told(error.words)
        raise
