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
help                    this

ID is the first signs of an id, as the list gives them. Where show asks for it, write\
 --acknowledge or --accept-weaker-tests behind approve ID."""
ACKNOWLEDGE, ACCEPT = "acknowledge", "accept-weaker-tests"
OPTIONS = (ACKNOWLEDGE, ACCEPT)
VERBS = ("list", "show", "approve", "reject", "changes", "withdraw", "revert", "help")
_OPTION = re.compile(r"(?:--|[\u2013\u2014]-?)([a-z-]+)")  # chats like to join two dashes to one


class Unclear(Exception):
    """The line cannot be understood; the words say why and what can be written instead."""


@dataclass(frozen=True)
class Command:
    """Hold what is asked for."""

    verb: str
    wanted: str = ""  # which proposal
    words: str = ""  # a reason, a state, or which part
    options: frozenset[str] = field(default_factory=frozenset)


def parse(text: str) -> Command:
    """Read one line; raise Unclear."""
    words = text.split()
    if words and words[0].lower() == "proposals":
        words = words[1:] or ["list"]
    if not words:
        return Command("help")
    verb = words[0].lower()
    if verb not in VERBS:
        raise Unclear(f"“{words[0][:40]}” is no command.\n\n{HELP}")
    if verb in ("list", "help"):
        return Command(verb, words=" ".join(words[1:]))
    if len(words) < 2:
        raise Unclear(f"Which one? Write {verb} and the first signs of its id; list gives them.")
    return _about(verb, words[1], words[2:])


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
