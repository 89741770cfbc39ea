"""May this change be written by whom it comes from? The policies of the base and ours say."""

from targets.changes import Change
from validation.authorising import sources
from validation.authorising.deciding import Decision
from validation.authorising.facts import facts
from validation.verdicts import Context


def ask(change: Change, context: Context, action: str) -> Decision:
    """Decide about one write; raise BadPolicies, and then nothing may be written."""
    policies = sources.in_force(context.repository, change.base, context.manifest)
    case = policies.case(change.digest, context.origin, facts(change, context))
    return policies.decide(action, case)
