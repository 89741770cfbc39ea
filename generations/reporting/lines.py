"""How does a person at a terminal read the report of a generation?"""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.measured import number
from benchmarks.running.telling import SIGNS
from benchmarks.verdicts import Verdict
from generations.advising.opinion import ALONE, JUDGED
from generations.models import Outcome, Reason, Result, Writer

SHOWN = 10  # names of what turned
# What an evaluator can speak about.
ABOUT = {"plan": "plan", "build": "change", "review": "review", "generation": "whole generation"}
NOTHING_ASKED = "no model call"
Report = Mapping[str, Any]


def lines(report: Report) -> Iterator[str]:
    """Write a report, what was decided first."""
    yield f"{report['target']} #{report['number']}: {verdict(report)}"
    yield f"  asked by   {report['asked_by']}, {asked(report)}"
    started = report["started_at"][:19].replace("T", " ")
    yield f"  time       {started} UTC, {took(report['seconds'])}"
    if report["focus"]:
        yield f"  focus      {report['focus']['words'] or report['focus']['fingerprint']}"
    if report["plan"]:
        yield f"  plan       {report['plan'].get('title', '')}"
    yield f"  model      {spent(report['spent'])}"
    if report["proposal"]:
        yield f"  proposal   {report['proposal']}"
    yield from _change(report["change"])
    yield from _phases(report["phases"])
    yield from _gates(report["gates"])
    yield from _review(report)
    yield from _opinion(report["opinion"])
    yield from _benchmarks(report)


def verdict(report: Report) -> str:
    """Say how it ended, and why."""
    decision = report["decision"]
    if decision["outcome"] is None:
        return f"at work, phase {decision['phase']}"
    said = str(Outcome(decision["outcome"]).label)
    if report["dry_run"] and decision["outcome"] == Outcome.ACCEPTED:
        said = "Would have been proposed (dry run)"
    kind = f" ({Reason(decision['reason_kind']).label})" if decision["reason_kind"] else ""
    return f"{said}{kind}: {decision['reason']}" if decision["reason"] else said


def asked(report: Report) -> str:
    """Say what was asked for."""
    parts = [str(Writer(report["writer"]).label).lower()]
    if report["dry_run"]:
        parts.append("dry run")
    if report["subject"]:
        parts.append(f"for {report['subject']}")
    if report["parent"]:
        parts.append(f"after #{report['parent']}")
    return ", ".join(parts)


def spent(sums: Report) -> str:
    """Say what language models cost, so that what nobody knows never passes for nothing."""
    if not sums["calls"]:
        return NOTHING_ASKED
    noun = "call" if sums["calls"] == 1 else "calls"
    least = "at least " if sums["at_least"] and sums["usd"] else ""
    cost = f"{least}${sums['usd']}" if sums["usd"] else "cost unknown"
    tokens = f"{sums['input_tokens']} in ({sums['cached_tokens']} cached)"
    told = f"{sums['calls']} {noun}, {tokens}, {sums['output_tokens']} out, {cost}"
    if not sums["simulated_calls"]:
        return told
    return f"{told}; simulated: {sums['simulated_calls']}, which no model answered"


def took(seconds: float | None) -> str:
    """Word a duration."""
    if seconds is None:
        return "not ended"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _change(change: Report | None) -> Iterator[str]:
    if change is None:
        return
    yield f"  base       {change['base_commit'][:12]}"
    for file in change["files"] or []:
        yield f"    {file['status']:<9} {file['path']}  +{file['added']} −{file['removed']}"
    if change["files"] is None:
        yield "    the diff could not be read as one"


def _phases(phases: list[Report]) -> Iterator[str]:
    yield "  phases"
    for run in phases:
        result = str(Result(run["result"]).label) if run["result"] else "Running"
        again = f" (attempt {run['attempt']})" if run["attempt"] > 1 else ""
        time = took(run["seconds"])
        yield f"    {run['phase']:<9}{result:<18}{time:>9}  {run['message']}{again}"


def _gates(gates: Report | None) -> Iterator[str]:
    if gates is None:
        return
    yield f"  gates      {gates['outcome'].replace('_', ' ').lower()}"
    for result in gates["results"]:
        for finding in result["findings"]:
            place = f"{finding['path']}:{finding['line']} " if finding["path"] else ""
            yield f"    {result['gate']}: {place}{finding['message']}"


def _review(report: Report) -> Iterator[str]:
    review, score = report["review"], report["decision"]["review_score"]
    if review is None:
        return
    said = "approved" if review.get("approved") else "not approved"
    yield f"  review     {said}" + (f" with {score:.2f}" if score is not None else "")
    for finding in review.get("findings", []):
        yield f"    {finding['severity']}: {finding['file']} {finding['message']}"


def _opinion(opinion: Report | None) -> Iterator[str]:
    if opinion is None:
        return
    if opinion["outcome"] != JUDGED:
        yield f"  opinion    {ALONE}: {opinion['reason']}"
        return
    tokens = "tokens unknown" if opinion["tokens"] is None else f"{opinion['tokens']} tokens"
    cost = f"{tokens}, cost unknown, in no sum"
    yield f"  opinion    of AgentCore's {opinion['evaluator']}, which decides nothing; {cost}"
    for one in opinion["opinions"]:
        yield f"    of the {ABOUT[one['about']]}: {scored(one)}"
        if one["explanation"]:
            yield f"      “{one['explanation']}”"


def scored(one: Report) -> str:
    """Write what an evaluator gave, on the scale of its own."""
    value = "" if one["value"] is None else f"{one['value']:g}"
    given = ", ".join(word for word in (value, one["label"]) if word)
    return f"{one['dimension']} {given}" if one["dimension"] else given


def _benchmarks(report: Report) -> Iterator[str]:
    if not report["benchmarks"]:
        return
    gain = report["decision"]["gain"]
    told = "" if gain is None else f"together, by weight and beyond noise: {gain:+.4f}"
    yield f"  benchmarks {told}".rstrip()
    for one in report["benchmarks"]:
        yield from _benchmark(one)


def _benchmark(one: Report) -> Iterator[str]:
    sign = SIGNS[Verdict(one["verdict"])]
    way = f"{number(one['before'], one['unit'])} → {number(one['after'], one['unit'])}"
    labels = [word for word, key in (("keep", "keep"), ("proven", "proven")) if one[key]]
    label = f" ({', '.join(labels)})" if labels else ""
    yield f"    {sign} {one['benchmark']:<20}{way:>22}  {one['verdict']}{label}: {one['words']}"
    for mark, names in (("+", one["wins"]), ("-", one["losses"])):
        for name in names[:SHOWN]:
            yield f"      {mark} {name}"
        if len(names) > SHOWN:
            yield f"      {mark} … and {len(names) - SHOWN} more"
