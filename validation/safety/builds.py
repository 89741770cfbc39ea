"""What do Makefiles, Dockerfiles, workflows, package scripts and YAML tags reach for?"""

import json
import re
from collections.abc import Iterator

import yaml

from validation.safety import Seen, reach, shell, unreadable

_PARSED = "it runs as soon as the file is read, whatever is asked of it"
_RIGHTS = "a workflow runs with the rights and secrets of the repository"
_UNNOTICED = "what fails, or is not asked, may go unnoticed"
_IMAGE = "it decides what the image holds and how it runs"
_FOREIGN = "what it names can be another thing tomorrow"
_FULL_SHA = re.compile(r"@(?:[0-9a-f]{40}|sha256:[0-9a-f]{64})$")
_FROM_OUTSIDE = re.compile(
    r"\$\{\{\s*github\.(?:event\.(?:issue|pull_request|comment|review|discussion|head_commit|commits)"
    r"|head_ref)[^}]*\}\}"
)
_RUN_BY_PACKAGES = ("preinstall", "install", "postinstall", "prepare", "prepublish", "prepack")


def makefile(text: str) -> Iterator[Seen]:
    """Read recipes as shell, and what runs while the file is read."""
    yield from shell.seen(text.replace("$$", "$"))
    for number, line in enumerate(text.split("\n"), start=1):
        for place in reach.outside(line):
            yield Seen("outside", place, number, f"names {place}", reach.OUTSIDE, refuses=False)
    for number, line in enumerate(text.split("\n"), start=1):
        if re.search(r"\$[({]shell\s|!=", line):
            what = "runs a command while the file is read"
            yield Seen("import-time", line.strip()[:80], number, what, _PARSED, refuses=False)
        if re.match(r"\s*-?s?include\s+(?:/|~|\.\./|\$)", line):
            why = "what stands there is no part of this change, and no check has read it"
            yield Seen(
                "foreign", line.strip()[:80], number, "takes in a file from outside", why, False
            )
        if re.match(
            r"\s*(?:(?:\.SHELLFLAGS|SHELL|MAKEFLAGS)\s*[:+?]?=|\.(?:ONESHELL|IGNORE)\s*:)", line
        ):
            why = "every recipe goes through it"
            yield Seen(
                "replaces", line.strip()[:80], number, "changes the shell", why, refuses=False
            )


def dockerfile(text: str) -> Iterator[Seen]:
    """Read RUN and its kin as shell, and what else decides what the image holds."""
    for line, instruction in _instructions(text):
        word, _, rest = instruction.strip().partition(" ")
        word = word.upper()
        if word in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"):
            yield from _as_one(shell.seen(_of_list(rest)), line)
        if word == "ADD" and "://" in rest:
            yield Seen(
                "network", rest[:80], line, "adds a file of the network", _FOREIGN, refuses=False
            )
        if word == "FROM" and "@sha256:" not in rest:
            name = rest.split(" ")[0]
            yield Seen("foreign", name, line, f"builds on {name}", _FOREIGN, refuses=False)
        if word == "USER" and rest.strip().split(":")[0] in ("root", "0"):
            why = "what runs in the container may do everything there"
            yield Seen("rights", "root", line, "acts as root", why, refuses=False)
        if word not in ("", "LABEL", "MAINTAINER", "FROM"):
            words = " ".join(instruction.split())
            yield Seen("image", words, line, f"says {words[:80]}", _IMAGE, refuses=False)


def package(text: str) -> Iterator[Seen]:
    """Read the scripts of a package.json; some run by themselves when it is installed."""
    try:
        found = json.loads(text)
        scripts = found.get("scripts", {})
    except (ValueError, AttributeError, RecursionError):
        yield unreadable(text, "this JSON")
        return
    yield from _needed(found, text)
    for name, command in scripts.items() if isinstance(scripts, dict) else ():
        line = _line_of(text, f'"{name}"')
        yield from _as_one(shell.seen(str(command)), line)
        what = f"has {name} run {command}"[:120]
        yield Seen("command", f"{name}: {command}", line, what, _FOREIGN, refuses=False)
        if name in _RUN_BY_PACKAGES:
            why = "whoever installs the package runs it without asking"
            yield Seen(
                "import-time", f"{name}: {command}"[:80], line, f"runs {name}", why, refuses=False
            )


def _needed(found: dict[str, object], text: str) -> Iterator[Seen]:
    """Tell what a package takes from others, whatever for."""
    for key in ("dependencies", "devDependencies", "optionalDependencies", "overrides"):
        wanted = found.get(key)
        for name in wanted if isinstance(wanted, dict) else ():
            line = _line_of(text, f'"{name}"')
            yield Seen("foreign", f"{key} {name}", line, f"depends on {name}", _FOREIGN, False)


def workflow(text: str) -> Iterator[Seen]:
    """Read a CI workflow: who may start it, with which rights, and what it runs."""
    for node, path in _scalars(text):
        line, value, key = node.start_mark.line + 1, node.value, path[-1] if path else ""
        yield from _ran(key, value, line)
        for event in {"pull_request_target", "workflow_run"} & {value, *path}:
            why = "it runs with our secrets on what strangers send"
            refuses = event == "pull_request_target"
            yield Seen("rights", event, line, f"is started by {event}", why, refuses, once=True)
        if value == "write-all" or ("permissions" in path and value == "write"):
            name, refuses = f"{key}: {value}", value == "write-all"
            yield Seen("rights", name, line, f"may write ({key})", _RIGHTS, refuses)
        if "secrets." in value:
            yield Seen("environment", value[:80], line, "takes a secret", _RIGHTS, refuses=False)


def _ran(key: str, value: str, line: int) -> Iterator[Seen]:
    """Tell what a step runs, and on which machine."""
    if key in ("run", "script", "before_script", "after_script"):
        yield from _as_one(shell.seen(value), line)
        words = " ".join(value.split())
        yield Seen("ci", words, line, f"has CI run “{words[:80]}”", _RIGHTS, refuses=False)
        if _FROM_OUTSIDE.search(value):
            what, why = "puts words of strangers into a command", "they can close it"
            yield Seen("shell", "expression", line, what, f"{why} and begin another")
    if key in ("runs-on", "tags", "image", "container", "services"):
        what = f"runs on {value[:80]}"
        yield Seen("ci", f"{key} {value}", line, what, _RIGHTS, refuses=False)
    if key in ("continue-on-error", "allow_failure", "if", "when"):
        what = f"has {key} say {value[:80]}"
        yield Seen("ci", f"{key} {value}", line, what, _UNNOTICED, refuses=False)
    if key == "uses" and not value.startswith("./") and not _FULL_SHA.search(value):
        yield Seen("foreign", value, line, f"runs {value}", _FOREIGN, refuses=False)


def hooks(text: str) -> Iterator[Seen]:
    """Read the hooks of pre-commit: whose code runs at each commit, and as what."""
    for node, path in _scalars(text):
        key = path[-1] if path else ""
        if key in ("repo", "rev", "entry", "additional_dependencies"):
            what = f"has each commit run {node.value[:80]}"
            line = node.start_mark.line + 1
            yield Seen("foreign", f"{key} {node.value}", line, what, _FOREIGN, refuses=False)


def tags(text: str) -> Iterator[Seen]:
    """Find YAML tags that make a loader build objects."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            tag = getattr(event, "tag", None)
            if tag and tag.startswith(("!", "tag:")) and not _is_plain(tag):
                builds = "python/object" in tag  # others only name something
                why = "a loader that heeds it builds an object and may run code for it"
                line = event.start_mark.line + 1 if event.start_mark else None
                yield Seen("deserialise", tag, line, f"has the tag {tag}", why, refuses=builds)
    except (yaml.YAMLError, RecursionError):
        yield unreadable(text, "this YAML")


def _is_plain(tag: str) -> bool:
    return tag == "!" or (tag.startswith("tag:yaml.org,2002:") and "python" not in tag)


def _as_one(found: Iterator[Seen], line: int | None) -> Iterator[Seen]:
    """Point everything that a command reaches for at the line where it begins."""
    for one in found:
        yield Seen(one.rule, one.name, line, one.what, one.why, one.refuses, one.once)


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    joined, begun = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("#"):
            continue
        begun = begun if joined else number
        joined += line.removesuffix("\\") + (" " if line.endswith("\\") else "")
        if not line.endswith("\\"):
            yield begun, joined
            joined = ""


def _of_list(text: str) -> str:
    """Read the list form, ["sh", "-c", "…"], as the command that it is."""
    try:
        words = json.loads(text)
    except ValueError:
        return text
    return " ".join(map(str, words)) if isinstance(words, list) else text


def _line_of(text: str, words: str) -> int | None:
    place = text.find(words)
    return None if place < 0 else text.count("\n", 0, place) + 1


def _scalars(text: str) -> Iterator[tuple[yaml.ScalarNode, tuple[str, ...]]]:
    """Return each value of a YAML text with the keys that lead to it."""
    try:
        waiting: list[tuple[yaml.Node, tuple[str, ...]]] = [
            (node, ()) for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node
        ]
    except (yaml.YAMLError, RecursionError):  # `tags` refuses it
        return
    told = 0
    while waiting and (told := told + 1) < 50_000:  # aliases may lead to the same node for ever
        node, path = waiting.pop(0)
        if isinstance(node, yaml.ScalarNode):
            yield node, path
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(inner, path) for inner in node.value]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                waiting += [(key, path), (value, (*path, str(key.value)))]
