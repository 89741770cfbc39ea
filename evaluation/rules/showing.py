"""What does a playbook recognise and change, how often was it used, and what came of it?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from evaluation.models import Lesson
from evaluation.rules.conditions import CONDITIONS
from evaluation.rules.entries import Mend, Remedy
from evaluation.rules.playbooks import Playbook, explaining
from evaluation.rules.remedies import RULES
from generations.engines.embedded.chain import FIXERS
from proposals.models import OPEN, Proposal
from validation.parameters import Parameters

NAMED = {
    "path": "a path in the message",
    "frame": "the innermost frame that is no library's",
    "module": "the module that could not be imported",
}


@dataclass
class Used:
    """Count the proposals of one playbook, and what their deliveries taught."""

    proposals: int = 0
    waiting: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def outcomes(self) -> list[tuple[str, int, str]]:
        """Return each verdict that was met, in words, with its count and tone."""
        tones = {Lesson.Verdict.EFFECTIVE: "good", Lesson.Verdict.INEFFECTIVE: "bad"}
        return [
            (verdict.label, self.verdicts[verdict], tones.get(verdict, "quiet"))
            for verdict in Lesson.Verdict
            if self.verdicts[verdict]
        ]


def used() -> dict[str, Used]:
    """Count by playbook, for those that were used at all."""
    found: dict[str, Used] = {}
    rows = Proposal.objects.exclude(playbook="").order_by()
    for name, status, n in rows.values_list("playbook", "status").annotate(n=Count("pk")):
        one = found.setdefault(name, Used())
        one.proposals += n
        one.waiting += n if status in OPEN else 0
    lessons = Lesson.objects.exclude(playbook="").order_by()
    for name, verdict, n in lessons.values_list("playbook", "verdict").annotate(n=Count("pk")):
        found.setdefault(name, Used()).verdicts[verdict] += n
    return found


def evidence(names: Iterable[str]) -> list[str]:
    """Say what must be so, in words."""
    return [CONDITIONS[name].needs for name in names]


def change(remedy: Remedy, permitted: Parameters) -> dict[str, Any]:
    """Say what one remedy moves, by which rule, how far and on which further evidence."""
    named = remedy.key.replace("{component}", "x").replace("{agent}", "x")
    bounds = permitted.for_key(named)
    return {
        "key": remedy.key,
        "rule": remedy.rule,
        "how": " ".join((RULES[remedy.rule].__doc__ or "").split("\n")[0].split()),
        "file": bounds.path_glob if bounds else "",
        "bounds": f"{bounds.min} to {bounds.max}, steps of {bounds.step}, at most "
        f"{bounds.largest_change} at once"
        if bounds
        else "not permitted: config/parameters.toml does not list it",
        "unit": bounds.unit if bounds else "",
        "needs": remedy.needs,
        "evidence": evidence(remedy.evidence),
        "issues": " ".join(remedy.issues.split()),
        "mitigation": " ".join(remedy.mitigation.split()),
    }


def mend(entry: Mend) -> dict[str, Any]:
    """Say what one fixer may change, how the files are named, and on which further evidence."""
    return {
        "fixer": entry.fixer,
        "rules": entry.rules,
        "said": entry.said,
        "named_by": [NAMED[way] for way in entry.named_by],
        "how": " ".join((FIXERS[entry.fixer].__doc__ or "").split("\n")[0].split()),
        "evidence": evidence(entry.evidence),
        "issues": " ".join(entry.issues.split()),
        "mitigation": " ".join(entry.mitigation.split()),
    }


def shown(playbook: Playbook, permitted: Parameters, count: Used | None) -> dict[str, Any]:
    """Return a playbook as page and command show it."""
    count = count or Used()
    return {
        "name": playbook.name,
        "order": playbook.order,
        "title": playbook.title,
        "problem": " ".join(playbook.problem.split()),
        "risk": playbook.risk,
        "minimum": playbook.minimum,
        "event_types": playbook.match.event_types,
        "error_codes": playbook.match.error_codes,
        "words": playbook.match.words,
        "evidence": evidence(playbook.evidence),
        "changes": [change(remedy, permitted) for remedy in playbook.change],
        "mends": [mend(entry) for entry in playbook.mend],
        "proposals": count.proposals,
        "waiting": count.waiting,
        "outcomes": count.outcomes,
    }


def answering(
    known: Sequence[Playbook], *, error_code: str, message: str, event_type: str
) -> tuple[Playbook, ...]:
    """Return which playbooks would be asked about a failure, in their order."""
    return explaining(known, event_type=event_type, error_code=error_code, template=message)
