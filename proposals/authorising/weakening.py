"""What makes tests less strict by a report, and how does the log say that it was accepted?"""

import hashlib
from collections.abc import Sequence

from validation.gates import weakened_tests
from validation.models import Finding, Report


def found(report: Report | None) -> tuple[str, ...]:
    """List the findings by names that stay when their lines move."""
    if report is None:
        return ()
    rows = Finding.objects.filter(result__report=report, result__gate=weakened_tests.NAME)
    return tuple(sorted({weakened_tests.key(one.path, one.message) for one in rows}))


def stated(accepted: Sequence[str]) -> dict[str, object]:
    """Say for the log in how many places a person accepted weaker tests, and which."""
    if not accepted:
        return {}
    named = hashlib.sha256("\n".join(accepted).encode()).hexdigest()
    return {"weaker_tests": {"accepted": len(accepted), "digest": named}}
