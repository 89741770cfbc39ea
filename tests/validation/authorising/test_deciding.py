"""Is whatever is no clear yes a no: an error, no decision, an entity that is missing?"""

from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from tests.validation.authorising.asked import AGENT, FACTS, decided
from validation.authorising import deciding, sources
from validation.authorising.deciding import PolicySet
from validation.authorising.origin import PROPOSE
from validation.authorising.reading import BadPolicies, Source, Text

PERMIT = '@id("all") @says("Everything.") permit (principal, action, resource);\n'


def made(*texts: str) -> PolicySet:
    given = [Text(f"{number}.cedar", text, Source.TRIED) for number, text in enumerate(texts)]
    return deciding.build(given, sources.schema())


def test_a_forbid_that_errs_denies_though_cedar_would_skip_it() -> None:
    huge = 2**62
    overflowing = (
        '@id("sum") @says("Adds.") forbid (principal, action, resource)'
        " when { resource.files + resource.lines < 0 };"
    )
    policies = made(PERMIT, overflowing)
    case = policies.case("change", AGENT, FACTS | {"files": huge, "lines": huge})
    skipped = cedarpy.is_authorized(
        deciding.request(PROPOSE, case),
        policies.parsed,
        case.entities,
        policies.schema,
    )
    assert skipped.allowed, "the trap is gone: Cedar itself denies now"
    decision = policies.decide(PROPOSE, case)
    assert not decision.permitted
    assert decision.policies == ()
    assert "overflow" in decision.why


def test_a_missing_entity_denies() -> None:
    policies = made(
        PERMIT,
        '@id("engine") @says("No model.") forbid (principal is Agent, action, resource)'
        ' when { principal.engine == "anthropic" };',
    )
    case = policies.case("change", AGENT, FACTS)
    assert policies.decide(PROPOSE, case).permitted
    nobody = replace(case, entities=cedarpy.Entities.from_json_str("[]"))
    decision = policies.decide(PROPOSE, nobody)
    assert not decision.permitted
    assert "does not exist" in decision.why
    stranger = replace(case, origin=replace(AGENT, writer="Stranger"))
    assert not policies.decide(PROPOSE, stranger).permitted


@pytest.mark.parametrize("action", ["", "deploy", 'merge" || true'])
def test_no_decision_denies(action: str) -> None:
    decision = decided(action)
    assert (decision.permitted, decision.policies) == (False, ())
    assert decision.errors


def test_circumstances_that_do_not_fit_the_schema_deny() -> None:
    policies = sources.in_force()
    case = policies.case("change", AGENT, FACTS)
    for wrong in ("{}", '{"branch": 3}', "[]"):
        decision = policies.decide(PROPOSE, replace(case, circumstances=wrong))
        assert not decision.permitted
        assert decision.errors


@pytest.mark.parametrize(
    "facts",
    [
        {"files": "3"},
        {"more": 1},
        {"paths": "a"},
        {"recent": None},
        {"most": {"files": 1}},
    ],
    ids=str,
)
def test_facts_that_do_not_fit_the_schema_are_never_asked_about(facts: dict[str, Any]) -> None:
    with pytest.raises(BadPolicies, match="does not fit what is known"):
        decided(PROPOSE, **facts)


def test_no_permit_is_a_no() -> None:
    nothing = made('@id("x") @says("X.") forbid (principal, action, resource) when { false };')
    decision = nothing.decide(PROPOSE, nothing.case("change", AGENT, FACTS))
    assert (decision.permitted, decision.why) == (False, "denied, because no policy permits it")


@pytest.mark.parametrize("name", ['ada" ', "a\nb", "ü", "x" * 300, 'A"::"b', ""])
def test_a_name_is_never_taken_for_policy_text(name: str) -> None:
    decision = decided(PROPOSE, replace(AGENT, writer=name, target=name))
    assert (decision.permitted, decision.policies) == (True, ("base",))


def test_a_target_and_an_engine_can_be_named() -> None:
    policies = made(
        PERMIT,
        '@id("here") @says("Not here.")'
        ' forbid (principal, action, resource in Target::"billing");',
        '@id("model") @says("No model.") forbid (principal is Agent, action, resource)'
        ' when { principal.engine == "anthropic" };',
    )
    assert decided(PROPOSE, policies=policies).permitted
    assert decided(PROPOSE, replace(AGENT, target="billing"), policies=policies).policies == (
        "here",
    )
    assert decided(PROPOSE, replace(AGENT, engine="anthropic"), policies=policies).policies == (
        "model",
    )


def test_the_digest_names_texts_places_and_schema() -> None:
    one = Text("a.cedar", PERMIT, Source.TRIED)
    named = {
        deciding.digest([one], "s"),
        deciding.digest([one], "t"),
        deciding.digest([replace(one, text=PERMIT + " ")], "s"),
        deciding.digest([replace(one, source=Source.OWN)], "s"),
        deciding.digest([one, replace(one, file="b.cedar")], "s"),
        deciding.digest([], "s"),
    }
    assert len(named) == 6
    assert deciding.digest([one], "s") in named
