"""Is all that an approval binds still what it was when it was given?"""

from audit.models import Entry
from proposals import decision
from proposals.checks import rules_in_force
from proposals.models import Proposal, Status

NAMES = {
    "document": "its words",
    "diff": "its diff",
    "base": "the commit that it starts from",
    "policy": "the rules",
    "report": "the report of its check",
}


def broken(proposal: Proposal) -> tuple[str, ...]:
    """Name what changed since the approval, by what the log says that it bound."""
    given = proposal.transitions.filter(destination=Status.APPROVED).last()
    if given is None:
        return ()
    entry = Entry.objects.filter(uid=given.entry_uid).first()
    if entry is None:  # a forgery: the gate before each act raises the alarm
        return ()
    then = entry.facts
    now = {**decision.bound(proposal), "policy": rules_in_force()}
    return tuple(words for name, words in NAMES.items() if then.get(name, now[name]) != now[name])


def void(proposal: Proposal) -> str:
    """Say which of it makes the approval void; nothing where all of it is as it was."""
    changed = broken(proposal)
    if not changed:
        return ""
    return (
        f"The approval is void: {' and '.join(changed)} changed since it was given."
        " Look at it as it stands now."
    )
