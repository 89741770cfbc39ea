"""What does shellcheck mend in a shell script: quotes that are missing, and the like?"""

import json
import re
from collections.abc import Mapping

from personas.fixers import Copy, Edit, Fixed
from personas.fixers.tools import NotRun, ask

_SHELL = re.compile(r"#!.*\b(?:sh|bash|dash|ksh)\b")


def scripts(copy: Copy) -> tuple[str, ...]:
    """Return the tracked shell scripts, known by name or by first line, that may change."""
    return tuple(
        path
        for path in copy.paths
        if copy.may(path)
        and (text := copy.text(path)) is not None
        and (path.endswith((".sh", ".bash")) or _SHELL.match(text))
    )


def shell(copy: Copy) -> Fixed:
    """Apply every replacement that shellcheck itself offers."""
    edits = []
    try:
        for path in scripts(copy):
            text = copy.text(path) or ""
            if "\r" in text or "\t" in text:
                continue  # columns would be counted otherwise than by us
            words = ["--norc", "--format=json1", *_dialect(text), "-"]
            said = ask("shellcheck", words, copy.folder, stdin=text, stopped=copy.stopped)
            told = [one for one in json.loads(said)["comments"] if copy.wants(_rule(one))]
            if edit := _edit(path, text, told):
                edits.append(edit)
    except NotRun as error:
        return Fixed(not_run=str(error))
    return Fixed(tuple(edits))


def findings(copy: Copy) -> list[tuple[str, str]]:
    """Return what shellcheck minds, by rule and path; raise NotRun."""
    paths = scripts(copy)
    if not paths:
        return []
    words = ["--norc", "--format=json1", "--", *paths]
    said = ask("shellcheck", words, copy.folder, stopped=copy.stopped)
    return [(f"SC{one['code']}", one["file"]) for one in json.loads(said)["comments"]]


def _rule(comment: Mapping[str, object]) -> str:
    return f"shellcheck:SC{comment['code']}"


def _dialect(text: str) -> list[str]:
    return [] if _SHELL.match(text) else ["--shell=sh"]


def _edit(path: str, text: str, comments: list[dict[str, object]]) -> Edit | None:
    """Put the replacements in, the last first; one that overlaps another is left out."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    places = []
    for comment in comments:
        fix = comment.get("fix")
        for one in fix["replacements"] if isinstance(fix, dict) else ():
            start = starts[one["line"] - 1] + one["column"] - 1
            end = starts[one["endLine"] - 1] + one["endColumn"] - 1
            places.append((start, end, one["precedence"], one["replacement"], _rule(comment)))
    after, free, rules = text, len(text), set()
    for start, end, _, new, rule in sorted(places, key=lambda place: place[:3], reverse=True):
        if end <= free:
            after, free = after[:start] + new + after[end:], start
            rules.add(rule)
    return Edit(path, text, after, tuple(sorted(rules))) if after != text else None
