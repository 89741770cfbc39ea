"""Answer one fixed question in a process of its own, without a database, and print the text."""

import sys
from datetime import timedelta
from typing import Any

import django
from django.conf import settings

django.setup()

from evaluation.answers import Question  # noqa: E402
from evaluation.cases import Case  # noqa: E402
from evaluation.rules.embedded import answer  # noqa: E402
from evaluation.rules.levers import Lever, Levers  # noqa: E402
from targets.models import Target  # noqa: E402
from telemetry.models import Pattern  # noqa: E402
from tests.evaluation.scenes import SETTINGS, Scene  # noqa: E402
from tests.factories import NOW  # noqa: E402
from validation import parameters, scalars  # noqa: E402

CODES = ("timeout", "429", "JSONDecodeError", "413", "context_length_exceeded", "ECONNRESET")


def case(target: Target, number: int, code: str) -> Case:
    """Make a case of one code, unsaved."""
    long = "maximum context length is 128000 tokens, resulted in 140000"
    message = long if code.startswith("context") else "it went wrong"
    pattern = Pattern(
        **{"pk": number, "target": target, "event_type": "tool_call", "component": "vendor"},
        **{"error_code": code, "template": message, "severity": "medium"},
    )
    figures: dict[str, Any] = {"count": 9, "sessions": 9, "calls": 90, "failures": 9}
    return Case(
        pattern=pattern,
        agents=("planner",),
        first_seen=NOW - timedelta(hours=1),
        last_seen=NOW,
        event_uids=tuple(f"{code}-{one}" for one in range(9)),
        samples=(message,),
        latencies_ms=(1990.0, 2001.0, 2002.0),
        **figures,
    )


def levers() -> Levers:
    """Read every setting of a scene."""
    permitted = parameters.load()
    found = [
        Lever(path, key, value, parameter, text)
        for path, text in Scene().files().items()
        for key, value in scalars.leaves(path, text).items()
        if (parameter := permitted.find(path, key))
    ]
    assert {lever.path for lever in found} == set(SETTINGS)
    return Levers(tuple(found), (), permitted)


def main() -> None:
    """Print the answer."""
    target = Target(slug="gateway", name="gateway")
    question = Question(
        target=target,
        commit="a" * 40,
        cases=tuple(case(target, number, code) for number, code in enumerate(CODES, start=1)),
        levers=levers(),
        taken={},
        now=NOW,
        nonce="abc",
    )
    given = answer(question, measure=lambda asked, now: asked.measured)
    reasons = [f"{number}: {remark.reason}" for number, remark in given.remarks.items()]
    sys.stdout.write("\n".join([given.text, *reasons]))


if __name__ == "__main__":
    assert settings.configured
    main()
