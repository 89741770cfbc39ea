"""How does a rule's finding read as a proposal?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from evaluation.cases import Case
from evaluation.rules import conditions
from evaluation.rules.entries import Measure
from evaluation.rules.playbooks import Playbook
from evaluation.rules.remedies import Measured, percentile
from personas.material import plain, quoted
from proposals.documents import Document
from proposals.documents.grammar import fence_for
from proposals.models import Engine
from telemetry.models import Severity

MOST_EVENTS = 40
MOST_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Told:
    """Hold everything that the words of one proposal are made of."""

    playbook: Playbook
    remedy: Measure
    component: str
    words: Mapping[str, object]  # what its texts may say of the change
    diff: str
    parameter: str = ""
    account: str = ""  # by what the change was made
    cases: tuple[Case, ...]
    measured: Measured
    asked: tuple[str, ...]
    target: str
    base: str
    now: datetime
    author: str


def tell(told: Told) -> Document:
    """Write the finding as a complete proposal."""
    words = _words(told)
    playbook, remedy = told.playbook, told.remedy
    return Document(
        title=_one_line(playbook.title, words),
        kind=playbook.kind,
        severity=_gravest(told.cases),
        risk_level=playbook.risk,
        target=told.target,
        engine=Engine.EMBEDDED,
        author=told.author,
        base=told.base,
        created=told.now.replace(microsecond=0),
        playbook=playbook.name,
        parameter=told.parameter,
        patterns=tuple(case.pattern.pk for case in told.cases),
        events=cited(told.cases),
        problem=_one_line(playbook.problem, words),
        evidence=f"{_evidence(told.cases)}{_counted(told)}",
        root_cause=_one_line(playbook.root_cause, words),
        solution="\n\n".join(filter(None, (_one_line(remedy.solution, words), told.account))),
        diff=told.diff,
        risk=(
            f"Level: {playbook.risk}.\n\n"
            f"- Issue: {_one_line(remedy.issues, words)}\n"
            f"- Mitigation: {_one_line(remedy.mitigation, words)}"
        ),
        rollback=_one_line(playbook.rollback, words),
    )


def cited(cases: tuple[Case, ...]) -> tuple[str, ...]:
    """Choose the events that a proposal cites: a fair share of each case, in its order."""
    share = max(1, MOST_EVENTS // len(cases))
    chosen = chain.from_iterable(case.event_uids[:share] for case in cases)
    return tuple(dict.fromkeys(chosen))[:MOST_EVENTS]


def _gravest(cases: tuple[Case, ...]) -> str:
    return max((case.pattern.severity for case in cases), key=Severity.values.index)


def _words(told: Told) -> dict[str, object]:
    case = told.cases[0]
    latencies = case.latencies_ms or (0.0,)
    answered = case.answered_per_second
    return {
        "component": told.component,
        "agent": plain(case.agents[0], 80) if len(case.agents) == 1 else "several agents",
        "count": sum(one.count for one in told.cases),
        "sessions": max(one.sessions for one in told.cases),
        "calls": case.calls,
        "failures": case.failures,
        "p95": f"{percentile(latencies, 0.95):.0f}",
        "p99": f"{percentile(latencies, 0.99):.0f}",
        "answered": "an unknown number of" if answered is None else f"{answered:.1f}",
        **_of_the_calls(told.measured),
        **told.words,
    }


def _of_the_calls(measured: Measured) -> dict[str, object]:
    return {
        "limit": "not stated" if measured.limit is None else f"{measured.limit:,}",
        "asked": "not stated" if measured.asked is None else f"{measured.asked:,}",
        "followed": measured.followed,
        "recovered": measured.recovered,
        "together": measured.together,
    }


def _counted(told: Told) -> str:
    """Say what the playbook needed to see, and which playbooks were asked where several fit."""
    needed = [*told.playbook.evidence, *told.remedy.evidence]
    lines = [f"- {plain(line)}." for line in conditions.shown(needed, told.measured)]
    if lines:
        lines = ["Counted from the calls around them:", "", *lines]
    if len(told.asked) > 1:
        asked = (f"{number}. {plain(line)}" for number, line in enumerate(told.asked, start=1))
        lines += ["", "Playbooks that explain this failure, in the order they are asked:", ""]
        lines += asked
    text = "\n".join(lines).strip()
    return f"\n\n{text}" if text else ""


def _one_line(text: str, words: dict[str, object]) -> str:
    return " ".join(text.format(**words).split())


def _evidence(cases: tuple[Case, ...]) -> str:
    """Write the counts as a table, then what the failures said, sanitised."""
    rows = [
        "| Pattern | Failures | Sessions | Agents | First seen | Last seen |",
        "|---|---|---|---|---|---|",
        *(_row(case) for case in cases),
    ]
    first = cases[0]
    counts = "\n".join(rows)
    rate = f"{first.failures} of {first.calls} calls failed in the window."
    samples = _samples(cases)
    fence = fence_for(samples)
    said = f"\n\nWhat the failures said:\n\n{fence}\n{samples}\n{fence}" if samples else ""
    places = dict.fromkeys(chain.from_iterable(case.raised_in for case in cases))
    raised = ", ".join(f"`{quoted(place, 120)}`" for place in places)
    return f"{counts}\n\n{rate}{f' Raised in {raised}.' if raised else ''}{said}"


def _row(case: Case) -> str:
    agents = ", ".join(plain(agent, 60) for agent in case.agents[:10]) or "unknown"
    cells = [
        f"{case.pattern.pk}: `{quoted(case.pattern.template, 120)}`",
        str(case.count),
        str(case.sessions),
        agents,
        f"{case.first_seen.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}",
        f"{case.last_seen.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}",
    ]
    return f"| {' | '.join(cells)} |"


def _samples(cases: tuple[Case, ...]) -> str:
    texts = chain.from_iterable(case.samples for case in cases)
    lines = [line for line in dict.fromkeys(quoted(text) for text in texts) if line]
    # Indented, so that no line of a log can stand where a tag or a fence would count.
    return "\n".join(f"  {line}" for line in lines[:MOST_SAMPLES])
