"""Does each shipped policy, by its name, deny what it should and permit what it should?"""

from dataclasses import replace
from typing import Any

import pytest

from tests.validation.authorising.asked import AGENT, PERSON, decided
from validation.authorising import sources
from validation.authorising.origin import ACTIONS, MERGE, OPEN_PULL_REQUEST, PROPOSE, WRITE_BRANCH
from validation.authorising.reading import Source

WRITES = (WRITE_BRANCH, OPEN_PULL_REQUEST, MERGE)
# What each forbids an agent whatever it does; the same facts of a person's change are permitted.
FORBIDDEN: list[tuple[str, dict[str, Any]]] = [
    ("judge", {"kinds": ["benchmarks", "code"]}),
    ("judge", {"kinds": ["merge"]}),
    ("judge", {"kinds": ["policies"]}),
    ("privileges", {"kinds": ["permissions"]}),
    ("privileges", {"new_privileges": 1}),
    ("protected_paths", {"protected": ["SYSTEM_CONTRACT.md"]}),
    ("secrets_and_network", {"new_addresses": 1}),
    ("secrets_and_network", {"new_secrets": 2}),
    ("size_and_rate", {"files": 11}),
    ("size_and_rate", {"lines": 1001}),
    ("size_and_rate", {"recent": 51}),
]
PERMITTED: list[dict[str, Any]] = [
    {},
    {"files": 10, "lines": 1000, "recent": 50},
    {"kinds": ["code", "docs", "tests"]},
    {"risk": "critical"},
]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("facts", PERMITTED, ids=str)
def test_base_permits_what_nothing_forbids(facts: dict[str, Any], action: str) -> None:
    decision = decided(action, **facts)
    assert (decision.permitted, decision.policies) == (True, ("base",))


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("name", "facts"), FORBIDDEN, ids=str)
def test_each_forbids_an_agent_by_its_name(name: str, facts: dict[str, Any], action: str) -> None:
    decision = decided(action, **facts)
    assert (decision.permitted, decision.policies, decision.errors) == (False, (name,), ())


@pytest.mark.parametrize(("name", "facts"), FORBIDDEN, ids=str)
def test_the_same_change_of_a_person_is_left_to_the_gates(
    name: str, facts: dict[str, Any]
) -> None:
    assert decided(MERGE, PERSON, **facts).policies == ("base",), name


@pytest.mark.parametrize("action", WRITES)
def test_nothing_is_written_that_nobody_approved(action: str) -> None:
    agent = decided(action, replace(AGENT, approved=False))
    person = decided(action, replace(PERSON, approved=False))
    assert (agent.permitted, agent.policies) == (False, ("judge",))
    assert (person.permitted, person.policies) == (False, ())
    assert person.why == "denied, because no policy permits it"


def test_everybody_may_propose_what_nobody_approved_yet() -> None:
    assert decided(PROPOSE, replace(AGENT, approved=False)).permitted
    assert decided(PROPOSE, replace(PERSON, approved=False)).permitted


@pytest.mark.parametrize("action", WRITES)
def test_weaker_tests_are_written_only_where_a_person_accepted_that(action: str) -> None:
    weaker: dict[str, Any] = {"weakened": ["tests/test_a.py"]}
    assert decided(action, **weaker).policies == ("judge",)
    assert decided(action, replace(AGENT, weakening_accepted=True), **weaker).permitted


def test_weaker_tests_may_be_proposed_so_that_a_person_sees_them() -> None:
    assert decided(PROPOSE, weakened=["tests/test_a.py"]).permitted


@pytest.mark.parametrize("branch", ["", "main", "other/selfimprove/x", "selfimprove"])
@pytest.mark.parametrize("origin", [AGENT, PERSON], ids=["agent", "person"])
def test_only_branches_of_ours_are_written_to(origin: Any, branch: str) -> None:
    for action in ACTIONS:
        decision = decided(action, replace(origin, branch=branch))
        assert (decision.permitted, decision.policies) == (False, ())


def test_several_reasons_are_all_named() -> None:
    decision = decided(PROPOSE, new_secrets=1, files=99, kinds=["benchmarks"])
    assert decision.policies == ("judge", "secrets_and_network", "size_and_rate")
    assert [words.partition(":")[0] for words in decision.told] == list(decision.policies)


def test_the_shipped_set_is_one_permit_and_five_forbids_that_people_understand() -> None:
    policies = sources.in_force().policies
    assert {policy.id: policy.effect for policy in policies} == {
        "base": "permit",
        "judge": "forbid",
        "privileges": "forbid",
        "protected_paths": "forbid",
        "secrets_and_network": "forbid",
        "size_and_rate": "forbid",
    }
    for policy in policies:
        assert policy.file == f"config/policies/{policy.id}.cedar"
        assert policy.source is Source.SHIPPED
        assert len(policy.says.split()) > 8
        assert policy.says.endswith(".")
