"""What does the Reviewer say of the change as git reads it?"""

from typing import Any

from generations.engines.modelled.asking import Conversation
from generations.engines.modelled.words import cleaned, unsecret
from generations.models import Reason
from generations.phases.shape import Refused, Reviewed, Turn
from personas.addressed import addressed
from personas.material import harmless, marked, written
from personas.replies import settling
from personas.replies.contracts import Plan, Review
from targets.changes import Change
from validation.models import Finding, GateResult, Report
from validation.verdicts import visible

MOST_FINDINGS = 10  # of one gate


def review(turn: Turn, plan: Plan, change: Change, report: Report) -> Reviewed:
    """Have the Reviewer judge; where no answer can be used, nothing is approved."""
    turn.told("asks the Reviewer")
    talk = Conversation.of(turn, "Reviewer", "review", Review.model_json_schema())
    text = written(material(turn, plan, change, report))
    if len(text) > talk.room:
        words = f"The change has {len(text)} characters with what is said of it; the Reviewer can"
        raise Refused(Reason.TOO_LARGE, f"{words} be shown {talk.room}. Nobody has looked at it.")
    settled = settling.review(talk.about(lambda room: text))
    if settled.value is None:
        raise RuntimeError("a review always has a value")
    details = {
        "calls": talk.calls(),
        "prompt": f"{talk.agent.persona} {talk.agent.prompt.version}",
        "repaired": settled.repaired,
        "mistakes": settled.reason,
    }
    return Reviewed(cleaned(settled.value), details)


def material(turn: Turn, plan: Plan, change: Change, report: Report) -> dict[str, Any]:
    """Return what the Reviewer is shown: never what the Builder says of its own work."""
    lines = change.diff.split("\n")
    added = [line[1:] for line in lines if line[:1] == "+" and not line.startswith("+++ ")]
    names = "\n".join(change.paths)
    spoken = addressed("\n".join([names, *added]))
    return {
        "plan": plan.model_dump(mode="json"),
        "diff": visible(unsecret(change.diff, turn.generation.target)),
        "speaks_to_a_model": [
            {"kind": one.kind, "what": one.label, "text": marked(one.text)} for one in spoken
        ],
        "checks": str(report.outcome),
        "gates": [_gate(result) for result in report.results.prefetch_related("findings")],
    }


def _gate(result: GateResult) -> dict[str, Any]:
    findings = list(result.findings.all())
    return {
        "name": result.gate,
        "question": result.question,
        "outcome": str(result.outcome),
        "said": marked(result.summary),
        "findings": [_finding(one) for one in findings[:MOST_FINDINGS]],
        "findings_left_out": max(0, len(findings) - MOST_FINDINGS),
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "path": harmless(found.path),
        "line": found.line,
        "said": marked(found.message),
        "refuses": found.refuses,
    }
