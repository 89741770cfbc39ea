"""Does what was deployed work: does its address answer as it should, and its own command agree?"""

import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from ports.deployer import Outcome, PermanentError, StepResult, TemporaryError, asked
from ports.deployer.processes import run
from targets.manifest import Health

PAUSE_SECONDS, LONGEST_ASK_SECONDS = 1.0, 10.0
PROBE, VERIFICATION = "health", "verification"


def prove(health: Health, folder: Path | None, hear: Callable[[str], None]) -> list[StepResult]:
    """Ask the health address until it answers well or the time is up, then run the command."""
    results = []
    if health.url:
        results.append(_probed(health))
        if results[0].outcome != Outcome.PASSED:
            return results
    if health.command and folder is not None:
        timeout = min(health.timeout_seconds, settings.SELFIMPROVE.delivery.deploy_timeout_seconds)
        results.append(run(VERIFICATION, tuple(health.command), folder, timeout, hear=hear))
    return results


def _probed(health: Health) -> StepResult:
    began = time.monotonic()
    asks = 0
    while True:
        asks += 1
        left = health.within_seconds - (time.monotonic() - began)
        is_well, words = _asked(health, min(LONGEST_ASK_SECONDS, max(left, 0.1)))
        seconds = time.monotonic() - began
        told = f"GET {health.url}: {words}, asked {asks} times within {seconds:.1f} s"
        if is_well or seconds + PAUSE_SECONDS >= health.within_seconds:
            outcome = Outcome.PASSED if is_well else Outcome.FAILED
            return StepResult(PROBE, ("GET", health.url), outcome, None, seconds, told)
        time.sleep(PAUSE_SECONDS)


def _asked(health: Health, seconds: float) -> tuple[bool, str]:
    hosts = settings.SELFIMPROVE.delivery.private_hosts
    try:
        answer = asked.ask(asked.Request("GET", health.url), seconds=seconds, allowed=hosts)
    except (TemporaryError, PermanentError) as error:
        return False, str(error)
    return answer.status == health.status, f"{answer.status}, wanted {health.status}"
