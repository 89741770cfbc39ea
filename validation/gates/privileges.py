"""Does the change leave what agents and tools may do as it was?"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from targets.changes import Change
from validation import scalars, told
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer

NAME = "privileges"
QUESTION = "Does the change leave what agents and tools may do as it was?"
VERSION = 2

# Names of settings that grant what they list, that deny what they list, and that switch.
_GRANTS = re.compile(
    r"(?:allow|permit|grant|enable|trust|white_?list)\w*|\w*(?:_allow|allowed|whitelist|allowlist)"
    r"|tools|permissions?|extensions|scopes?|roles?|capabilities|privileges|commands|actions"
    r"|endpoints|servers|plugins|mounts|volumes|cap_add|groups|features|mcp_?servers|acl"
)
_DENIES = re.compile(
    r"(?:deny|denied|block|forbid|exclud|disallow|reject|black_?list|ban)\w*|\w*_(?:deny|denied)"
    r"|\w*(?:denylist|blacklist|blocklist)|cap_drop"
)
_LOOSE_WHEN_TRUE = re.compile(
    r"(?:is_?)?(?:admin|root|super_?user|privileged|unrestricted|insecure|trusted|sudo)"
    r"|auto_?(?:approve|merge|deploy|run)\w*|autonom\w*|allow\w*|bypass\w*|skip\w*|disable\w*|no_\w+"
)
_LOOSE_WHEN_FALSE = re.compile(
    r"(?:sand_?box|read_?only|verif|require|human|confirm|audit|auth|tls|ssl|valid|review|approv)\w*"
)


# Names of settings that tell an agent what to do, and a program what to run and when.
_STEERS = (
    (
        re.compile(
            r"(?:system_?)?prompts?|instructions?|system|persona|goals?|backstory|model|provider"
        ),
        "what an agent is told, or who answers for it, changes",
    ),
    (
        re.compile(
            r"(?:\w+_)?(?:command|cmd|entry_?point|script|exec|hook|handler|callable|image)s?|args|argv|run"
        ),
        "what is run changes",
    ),
    (
        re.compile(r"at|cron|crontab|every|schedule|when|interval\w*"),
        "when something runs changes",
    ),
)
# Files by which a system is set up; what may move in them by itself is on the whitelist.
_CONFIGURES = re.compile(
    r"(?:^|/)(?:config|conf|settings|etc|deploy|k8s|helm)/|(?:^|/)[^/]*(?:agents?|tools?|schedules?"
    r"|settings|config|limits|models?|routes?|gateway)[^/]*\.(?:ya?ml|json|toml|ini)$"
)


def run(change: Change, context: Context) -> GateVerdict:
    """Compare the settings as sets of what they admit, before and after."""
    marks = [
        Mark(shown(path), None, "is what agents are told: read it as they would", refuses=False)
        for path in change.paths
        if told.is_told(path)
    ]
    for path in filter(scalars.kind_of, change.paths):
        try:
            before, after = context.before(change, path), context.after(change, path)
            old = {} if before is None else scalars.leaves(path, before)
            new = {} if after is None else scalars.leaves(path, after)
            lines = {} if after is None else scalars.lines(path, after)
        except (scalars.Unreadable, scalars.CannotReplace, NotText) as error:
            marks.append(Mark(shown(path), None, f"what it permits cannot be compared: {error}"))
            continue
        found = list(_found(old, new))
        marks += [Mark(shown(path), lines.get(key), shown(what)) for key, what in found]
        loosened = {key for key, _ in found}
        for leaf in scalars.differences(old, new):
            if leaf.key not in loosened and not context.parameters.find(path, leaf.key):
                marks += _steered(path, leaf.key, lines.get(leaf.key))
    return answer(NAME, QUESTION, marks, passed="nobody may do more than before")


def _steered(path: str, key: str, line: int | None) -> Iterator[Mark]:
    """Show a person what steers an agent or a program, where no list can say what is right."""
    if path.startswith((".github/", ".gitlab-ci")):
        return  # the gate of the safety reads these
    names = [part.strip('"').replace("-", "_").casefold() for part in key.split(".")]
    if any(_GRANTS.fullmatch(name) or _DENIES.fullmatch(name) for name in names):
        return  # what it admits has been compared
    name = next(iter(_without_numbers(names[::-1])), "")
    for steering, what in _STEERS:
        if steering.fullmatch(name):
            yield Mark(shown(path), line, shown(f"{key}: {what}"), refuses=False)
            return
    if _CONFIGURES.search(path):
        what = "changes, and is no permitted parameter"
        yield Mark(shown(path), line, shown(f"{key}: {what}"), refuses=False)


def _found(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield from _granted(_lists(old, _GRANTS), _lists(new, _GRANTS))
    yield from _no_longer_denied(_lists(old, _DENIES), _lists(new, _DENIES))
    for leaf in scalars.differences(old, new):
        if what := _loosened(leaf.key, leaf.old, leaf.new):
            yield leaf.key, what


def _granted(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    """Tell what a list admits that no entry of it admitted before."""
    for name, members in new.items():
        known = old.get(name, {})
        for member, key in members.items():
            if not any(fnmatchcase(member, pattern) for pattern in known):
                yield key, f"{name} admits {member!r}, which it did not before"


def _no_longer_denied(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    for name, members in old.items():
        left = new.get(name, {})
        for member, key in members.items():
            if not any(fnmatchcase(member, pattern) for pattern in left):
                yield key, f"{name} no longer holds {member!r}"


def _lists(leaves: Mapping[str, object], names: re.Pattern[str]) -> dict[str, dict[str, str]]:
    """Return the members of each list or mapping under such a name, each with its key."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for key, value in leaves.items():
        parts = key.split(".")
        for place, part in enumerate(parts):
            if not names.fullmatch(part.strip('"').replace("-", "_").casefold()):
                continue
            rest = [inner for inner in parts[place + 1 :] if not re.fullmatch(r"\[\d+\]", inner)]
            listed = len(rest) < len(parts) - place - 1
            name = ".".join(_without_numbers(parts[: place + 1]))
            member = rest[0] if rest and not (listed and len(rest) > 1) else _said(value)
            if rest or isinstance(value, str):
                found[name][member] = key
    return found


def _loosened(key: str, old: object, new: object) -> str | None:
    name = key.rpartition(".")[2].strip('"').replace("-", "_").casefold()
    was, becomes = _flag(old), _flag(new)
    if becomes is True and was is not True and _LOOSE_WHEN_TRUE.fullmatch(name):
        return f"{key} is switched on"
    if (
        _LOOSE_WHEN_FALSE.fullmatch(name)
        and was is not False
        and (becomes is False or (new is scalars.ABSENT and was is True))
    ):
        return f"{key} is switched off"
    return None


def _flag(value: object) -> bool | None:
    """Read what programs take for yes and no."""
    word = str(value).strip().casefold()
    if word in ("true", "yes", "on", "1", "always", "enabled"):
        return True
    return False if word in ("false", "no", "off", "0", "never", "disabled", "none") else None


def _without_numbers(parts: list[str]) -> list[str]:
    return [part for part in parts if not re.fullmatch(r"\[\d+\]", part)]


def _said(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
