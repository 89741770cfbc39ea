"""Which domains and folders of a target may stay readable in its events, and is a list right?"""

import re
from collections.abc import Iterable

MOST = 100
_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}\Z")
_FOLDER = re.compile(r"(?:/|[A-Za-z]:\\)[^\x00-\x1f\"'<>|*?]{1,400}\Z")


class BadList(ValueError):
    """An allowlist has an entry that cannot be right; the words say which and what to write."""


def entries(text: str) -> tuple[str, ...]:
    """Return the entries of a list that has one on each line."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def written(listed: Iterable[str]) -> str:
    """Write entries as a list, each once, in order."""
    return "\n".join(sorted(set(listed)))


def check_domains(text: str) -> None:
    """Raise BadList naming the first line that is no domain."""
    for entry in _few(text):
        if not _DOMAIN.match(entry):
            raise BadList(
                f"{entry!r} is no domain: write example.org, in lower case, without https://,"
                " port, path or *; what lies below a domain is allowed with it"
            )


def check_paths(text: str) -> None:
    """Raise BadList naming the first line that is no folder."""
    for entry in _few(text):
        whole = _FOLDER.match(entry) and len(entry.rstrip("/\\")) > 2
        if not whole or ".." in re.split(r"[/\\]", entry):
            raise BadList(
                f"{entry!r} is no folder: write its whole path, such as /srv/agents, without .."
                " or *; what lies below it is allowed with it"
            )


def _few(text: str) -> tuple[str, ...]:
    listed = entries(text)
    if len(listed) > MOST:
        raise BadList(f"{len(listed)} entries are too many: {MOST} at most")
    return listed


CHECKS = {"allowed_domains": check_domains, "allowed_paths": check_paths}
