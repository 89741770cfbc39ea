"""What does a line of a chat ask for?"""

import re
from dataclasses import dataclass, field

HELP = """\
proposals list [state]  what awaits review, or is in another state
show ID [part]          the words and the diff of one
approve ID [reason]     approve what show has just shown you
reject ID reason        turn it down
changes ID reason       request changes: nobody can approve it before it is revised
withdraw ID [reason]    take such a request back
revert ID reason        take it back, once it was merged, or stop it on its way
comments ID [part]      what is said of it, thread by thread
comment ID [FILE:LINE] words  say something of it, or of a line
reply N words           answer in thread N
resolve N, reopen N     settle thread N, or open it again
help                    this

ID is the first signs of an id, as the list gives them; N is a number that comments gives.\
 FILE:-LINE is a line as it was before. Where show asks for it, write\
 --acknowledge or --accept-weaker-tests behind approve ID."""
ACKNOWLEDGE, ACCEPT = "acknowledge", "accept-weaker-tests"
OPTIONS = (ACKNOWLEDGE, ACCEPT)
SAYS = {"comment", "reply"}  # what follows is kept as it was written
OF_THREADS = ("reply", "resolve", "reopen")
DECIDE = ("approve", "reject", "changes", "withdraw", "revert")
VERBS = ("list", "show", *DECIDE, "comments", "comment", *OF_THREADS, "help")
_OPTION = re.compile(r"(?:--|[\u2013\u2014]-?)([a-z-]+)")  # chats like to join two dashes to one
_QUOTES = '"\u201c\u201d\u201e'  # as chats write them
_PLACE = re.compile(
    rf"(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]+)[{_QUOTES}]|(?P<path>\S+?))"
    r":(?P<before>[-\u2013\u2014]?)(?P<line>[0-9]{1,9})`?(?:\s+|$)"
)


class Unclear(Exception):
    """The line cannot be understood; the words say why and what can be written instead."""


@dataclass(frozen=True)
class Where:
    """Name a line of a change, as it is after it or was before."""

    path: str
    line: int
    is_before: bool = False


@dataclass(frozen=True)
class Command:
    """Hold what is asked for."""

    verb: str
    wanted: str = ""  # which proposal, or which thread
    words: str = ""  # a reason, a comment, a state, or which part
    options: frozenset[str] = field(default_factory=frozenset)
    where: Where | None = None


def parse(text: str) -> Command:
    """Read one line; raise Unclear."""
    words = text.split()
    if words and words[0].lower() == "proposals":
        text = "".join(text.split(maxsplit=1)[1:]) or "list"
        words = text.split()
    if not words:
        return Command("help")
    verb = words[0].lower()
    if verb not in VERBS:
        raise Unclear(f"“{words[0][:40]}” is no command.\n\n{HELP}")
    if verb in ("list", "help"):
        return Command(verb, words=" ".join(words[1:]))
    if len(words) < 2:
        raise Unclear(_which(verb))
    if verb in SAYS:
        return _said(verb, words[1], "".join(text.split(maxsplit=2)[2:]).strip())
    return _about(verb, words[1], words[2:])


def _which(verb: str) -> str:
    if verb in OF_THREADS:
        return f"Which thread? Write {verb} and its number; comments and an id gives them."
    return f"Which one? Write {verb} and the first signs of its id; list gives them."


def _said(verb: str, wanted: str, rest: str) -> Command:
    """Take the place from before the words of a comment; whatever else looks like one is words."""
    found = _PLACE.match(rest) if verb == "comment" else None
    if found is None:
        return Command(verb, wanted, rest)
    path = found["quoted"] or found["path"].strip("`")
    where = Where(path, int(found["line"]), is_before=bool(found["before"]))
    return Command(verb, wanted, rest[found.end() :], where=where)


def _about(verb: str, wanted: str, rest: list[str]) -> Command:
    """Take the options from before a reason; a word within the reason is no option."""
    options: set[str] = set()
    while verb == "approve" and rest and (found := _OPTION.fullmatch(rest[0].lower())):
        if found[1] not in OPTIONS:
            known = " and ".join(f"--{name}" for name in OPTIONS)
            raise Unclear(f"{rest[0][:40]} is not known; there are {known}.")
        options.add(found[1])
        rest = rest[1:]
    return Command(verb, wanted, " ".join(rest), frozenset(options))
