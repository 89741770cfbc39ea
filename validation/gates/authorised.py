"""Do the policies let its writer propose this change?"""

from targets.changes import Change
from validation.authorising import asking
from validation.authorising.deciding import Decision
from validation.authorising.origin import PROPOSE
from validation.authorising.reading import BadPolicies
from validation.models import Outcome
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark

NAME = "authorised"
QUESTION = "Do the policies let its writer propose this change?"
VERSION = 1


def run(change: Change, context: Context) -> GateVerdict:
    """Ask the policies in force; what cannot be asked permits nothing."""
    try:
        decision = asking.ask(change, context, PROPOSE)
    except BadPolicies as bad:
        raise CouldNotRun(f"The policies cannot be used: {bad}") from bad
    summary = f"{decision.principal} is {decision.why} (policies {decision.digest[:12]})"
    outcome = Outcome.PASSED if decision.permitted else Outcome.REFUSED
    marks = () if decision.permitted else _marks(decision)
    return GateVerdict(NAME, QUESTION, outcome, summary, marks, decision=decision)


def _marks(decision: Decision) -> tuple[Mark, ...]:
    return tuple(Mark("", None, words) for words in decision.told or (decision.why,))
