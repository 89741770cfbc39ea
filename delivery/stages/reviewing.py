"""Do the people and checks of the forge let this be merged, and for how long are they asked?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.models import Delivery, Plan, Result
from delivery.stages.shape import Failed, Waiting
from delivery.stages.site import Site
from ports.forge import Light, Opinion, Remark, Standing
from ports.forge.github.options import GitHub
from targets.origins import access

POLL_SECONDS = 60.0  # a webhook makes it sooner
LONGEST_QUOTE = 200


@dataclass(frozen=True)
class Consent:
    """Nothing is against the merge; the words say who was for it, where others are asked."""

    words: str = ""
    output: str = ""


def asked(site: Site, number: int, now: datetime) -> Consent | Waiting | Failed:
    """Say who agreed, what a merge still waits for, or that it waited too long."""
    if site.reviews is None:
        return Consent()
    options = access.options()
    standing = site.reviews.standing(number)
    if reason := _another(site.delivery, standing):
        return Failed(reason)
    missing = "; ".join(lacking(standing, options))
    if not missing:
        return Consent(_agreed(standing), told(standing))
    waited = max(now - _since(site.delivery, now), timedelta())
    if waited >= timedelta(hours=options.wait_hours):
        return Failed(
            f"Nobody let pull request {number} be merged within {options.wait_hours:g} hours:"
            f" {missing}.",
            output=told(standing),
        )
    _nudge(site, number, waited, missing)
    words = f"Waits on GitHub, for {_words(waited)} so far: {missing}."
    return Waiting(words, POLL_SECONDS, output=told(standing))


def lacking(standing: Standing, options: GitHub) -> list[str]:
    """List what is still missing of what the settings and the forge ask for."""
    verdicts = verdicts_of(standing.remarks)
    asked = [one for one in verdicts if one.opinion is Opinion.CHANGES_ASKED]
    found = [f"{one.author} asks for changes{_quoted(one)}" for one in asked]
    approvals = sum(one.opinion is Opinion.APPROVED for one in verdicts)
    if approvals < options.reviews:
        found.append(f"{approvals} of {options.reviews} approvals")
    found += _checks(standing, options.checks)
    return [*found, standing.obstacle] if standing.obstacle else found


def verdicts_of(remarks: Iterable[Remark]) -> list[Remark]:
    """Return the last verdict of everybody whose verdict counts, by name."""
    last = {one.author: one for one in remarks if one.counts and one.opinion is not Opinion.SAID}
    return [last[name] for name in sorted(last)]


def _agreed(standing: Standing) -> str:
    verdicts = verdicts_of(standing.remarks)
    names = [one.author for one in verdicts if one.opinion is Opinion.APPROVED]
    checks = ", ".join(check.name for check in standing.checks)
    people = f" On GitHub {', '.join(names)} approved it." if names else ""
    return people + (f" Green there: {checks}." if checks else "")


def told(standing: Standing) -> str:
    """Write down what was said on the forge, for our own pages."""
    lines = [f"{one.light.lower()}: {one.name} {one.words}".rstrip() for one in standing.checks]
    for one in standing.remarks:
        place = f" on {one.path}:{one.line or ''}".rstrip(":") if one.path else ""
        verdict = one.opinion.lower().replace("_", " ")
        lines.append(f"{one.at} {one.author} ({verdict}{place}): {one.text}".rstrip())
    return "\n".join(lines)


def _another(delivery: Delivery, standing: Standing) -> str:
    """Say that somebody pushed to the branch: what was approved here is not what is there."""
    if standing.head == delivery.branch_commit:
        return ""
    return (
        f"{delivery.branch} is at {standing.head[:12]}, and not at {delivery.branch_commit[:12]}"
        " that was approved and proven: somebody pushed to it."
    )


def _checks(standing: Standing, required: Iterable[str]) -> list[str]:
    lights = {check.name: check.light for check in standing.checks}
    failed = sorted(c.name for c in standing.checks if c.light is Light.FAILED)
    pending = {c.name for c in standing.checks if c.light is Light.PENDING}
    pending |= {name for name in required if name not in lights}
    found = [f"failed there: {', '.join(failed)}"] if failed else []
    return [*found, f"not done yet: {', '.join(sorted(pending))}"] if pending else found


def _since(delivery: Delivery, now: datetime) -> datetime:
    """Return when the pull request was first there; going back does not start the time anew."""
    runs = delivery.runs.filter(plan=Plan.FORWARD, stage="pull_request", result=Result.PASSED)
    runs = runs.filter(started_at__gte=delivery.started_at)  # not for an approval that ended
    first = runs.order_by("id").first()
    return first.ended_at or now if first else now


def _nudge(site: Site, number: int, waited: timedelta, missing: str) -> None:
    options = access.options()
    times = int(waited / timedelta(hours=options.nudge_hours))
    if times < 1 or site.reviews is None:
        return
    left = timedelta(hours=options.wait_hours) - waited
    text = f"This has waited for {_words(waited)}: {missing}. In {_words(left)} it is closed."
    site.reviews.say(number, f"nudge-{times}", text)


def _quoted(remark: Remark) -> str:
    words = " ".join(remark.text.split())
    return f" (“{words[:LONGEST_QUOTE]}”)" if words else ""


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
