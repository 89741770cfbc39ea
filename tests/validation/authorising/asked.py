"""A change of no concern to anybody, for tests to put one thing wrong with it."""

from dataclasses import replace
from typing import Any

from validation.authorising import sources
from validation.authorising.deciding import Decision, PolicySet
from validation.authorising.origin import Origin

FACTS: dict[str, Any] = {
    "paths": ["config/tools.yaml"],
    "folders": ["config"],
    "endings": [".yaml"],
    "kinds": ["parameters"],
    "files": 1,
    "lines": 2,
    "recent": 1,
    "most": {"files": 10, "lines": 1000, "recent": 50},
    "protected": [],
    "weakened": [],
    "new_privileges": 0,
    "new_addresses": 0,
    "new_secrets": 0,
    "risk": "low",
}
AGENT = Origin(
    writer="EvalAgent",
    engine="embedded",
    target="gateway",
    branch="selfimprove/proposal-1",
    onto="main",
    risk="low",
    approved=True,
)
PERSON = replace(AGENT, writer="ada", engine="person", is_person=True)


def decided(
    action: str,
    origin: Origin = AGENT,
    *,
    policies: PolicySet | None = None,
    **facts: Any,
) -> Decision:
    """Decide about the change with these facts instead of its own."""
    asked = policies or sources.in_force()
    return asked.decide(action, asked.case("change", origin, FACTS | facts))
