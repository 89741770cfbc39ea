"""How does a deployer elsewhere bring a system to a commit: asked once, listened to until then?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import F

from delivery.elsewhere import handing, keys, reports
from delivery.elsewhere.handing import Order
from delivery.elsewhere.records import Handed, Handover
from delivery.models import Delivery, Plan
from ports import signed
from ports.deployer import (
    Outcome,
    PermanentError,
    Step,
    StepResult,
    TemporaryError,
    Underway,
    asked,
)
from ports.deployer.commands import matches
from targets.manifest import Webhook
from telemetry.sanitizer import sanitize

NAME = "the deployer"
LOOKS_SECONDS = 15.0  # its report makes us look at once; this is for one that was lost
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0
_OUTCOMES = {
    Handed.SUCCEEDED: Outcome.PASSED,
    Handed.TIMED_OUT: Outcome.TIMED_OUT,
}


@dataclass(frozen=True)
class Elsewhere:
    """Has a system deployed by a webhook; each call looks how far that is."""

    delivery: Delivery
    webhook: Webhook
    now: datetime
    folder: Path | None = None  # there is no checkout here

    def deploy(
        self, commit: str, steps: Sequence[Step], changed_paths: Sequence[str]
    ) -> tuple[StepResult, ...] | Underway:
        """Hand the commit over unless that was done, and tell how it stands."""
        found = handing.current(self.delivery)
        if found is None:
            called = [step.name for step in steps if _calls(step, changed_paths)]
            order = Order(commit, self._before(), called)
            found = handing.opened(self.delivery, self.webhook, order, self.now)
        if found.ended_at is None and self.now >= found.deadline_at:
            handing.end(found, Handed.TIMED_OUT, self.now, _late(found))
            found.refresh_from_db()
        if found.state == Handed.OPEN:
            found = send(found, self.now)
        if found.ended_at is None:
            return self._underway(found)
        Handover.objects.filter(pk=found.pk).update(told=True)
        outcome = _OUTCOMES.get(Handed(found.state), Outcome.FAILED)
        output = f"{reports.log_of(found)}\n{found.detail}".strip()
        return (StepResult(NAME, ("POST", found.address), outcome, output=output),)

    def _before(self) -> str:
        forward = self.delivery.plan == Plan.FORWARD
        return self.delivery.base_commit if forward else self.delivery.merge_commit

    def _underway(self, found: Handover) -> Underway:
        left = max(0.0, (found.deadline_at - self.now).total_seconds())
        by = f"until {found.deadline_at:%H:%M:%S} UTC"
        if found.state == Handed.ACCEPTED:
            words = f"The deployer works on {found.commit[:12]}; it has {by}."
            return Underway(words, min(LOOKS_SECONDS, left), reports.log_of(found))
        words = f"The deployer has not taken it yet, asked {found.asked} times {by}: "
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(found.asked, 10), LONGEST_PAUSE_SECONDS, left)
        return Underway(words + found.answer, pause, reports.log_of(found))


def send(handover: Handover, now: datetime) -> Handover:
    """Say it to the deployer, with the same id and the same bytes however often; note the answer.

    Raises PermanentError when the deployer turns it away, which a person has to look at.
    """
    secrets = keys.secrets_of(handover.delivery.target.slug)
    body = handover.body.encode()
    headers = signed.headers(secrets, str(handover.uid), int(time.time()), body)
    mine = Handover.objects.filter(pk=handover.pk)
    mine.update(asked=F("asked") + 1)
    try:
        answer = asked.ask(
            asked.Request("POST", handover.address, {**headers, **KIND}, body),
            allowed=settings.SELFIMPROVE.delivery.private_hosts,
        )
    except TemporaryError as error:
        mine.update(answer=str(error)[:300])
    else:
        words = said(answer)
        mine.update(answer=words)
        if 200 <= answer.status < 300:
            # It may have reported its end already: that stands.
            mine.filter(state=Handed.OPEN).update(state=Handed.ACCEPTED, answered_at=now)
        elif answer.status not in AGAIN and answer.status < 500:
            raise PermanentError(f"{handover.address} turned it away: {words}")
    handover.refresh_from_db()
    return handover


KIND = {"Content-Type": "application/json", "User-Agent": "selfimprove"}
AGAIN = {408, 425, 429}  # besides everything from 500 on


def said(answer: asked.Answer) -> str:
    """Write down an answer in few words."""
    if 300 <= answer.status < 400:
        return f"{answer.status}: a redirect, which is not followed; write where it leads instead"
    text = sanitize(" ".join(answer.text.replace("\0", "\ufffd").split()))[0]
    return f"{answer.status} {text}".strip()[:300]


def _late(found: Handover) -> str:
    seconds = (found.deadline_at - found.made_at).total_seconds()
    if found.state == Handed.ACCEPTED:
        return f"It took the deployment, and did not say within {seconds:.0f} s how it ended."
    return f"It did not take the deployment within {seconds:.0f} s. {found.answer}".strip()


def _calls(step: Step, paths: Sequence[str]) -> bool:
    return any(matches(pattern, path) for pattern in step.paths for path in paths)
