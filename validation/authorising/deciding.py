"""Is this write permitted, and which policies decided that?"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import cedarpy

from validation.authorising.origin import Origin
from validation.authorising.reading import (
    MOST,
    BadPolicies,
    Flaw,
    Policy,
    Source,
    Text,
    read,
    unsound,
)

_TOO_DEEP = "joins too many parts in a row: say it in several policies"
SCHEMA = "config/policies/selfimprove.cedarschema"
Fact = str | int | list[str] | dict[str, int]
Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Case:
    """Hold a change as the policies see it: parsed once, asked about as often as is needed."""

    origin: Origin
    name: str
    entities: cedarpy.Entities = field(repr=False)
    circumstances: str = field(repr=False)


@dataclass(frozen=True)
class Decision:
    """Say what was decided, by which policies of which set."""

    action: str
    principal: str
    permitted: bool
    policies: tuple[str, ...]  # that decided; none where nothing permits it, or something broke
    errors: tuple[str, ...]
    digest: str
    told: tuple[str, ...] = ()  # what those policies say to people, each with its name

    @property
    def words(self) -> str:
        """Name the write as people do."""
        return self.action.replace("_", " ")

    @property
    def facts(self) -> dict[str, object]:
        """Say the same for the log."""
        return {
            "action": self.action,
            "principal": self.principal,
            "permitted": self.permitted,
            "policies": list(self.policies),
            "errors": list(self.errors),
            "set": self.digest,
        }

    @property
    def why(self) -> str:
        """Say in words what decided."""
        if self.errors:
            return f"denied, because policies could not be asked: {'; '.join(self.errors)}"
        if not self.policies:
            return "denied, because no policy permits it"
        return f"{'permitted' if self.permitted else 'denied'} by {', '.join(self.policies)}"


@dataclass(frozen=True)
class PolicySet:
    """Hold policies that were read, checked against the schema and named."""

    policies: tuple[Policy, ...]
    digest: str
    schema: cedarpy.Schema = field(repr=False, compare=False)
    parsed: cedarpy.PolicySet = field(repr=False, compare=False)

    def case(self, name: str, origin: Origin, facts: Facts) -> Case:
        """Put what is known about a change into words of the schema; raise BadPolicies."""
        try:
            described = entities(name, origin, facts)
            known = cedarpy.Entities.from_json_str(described, self.schema)
        except ValueError as error:
            raise BadPolicies(Flaw(SCHEMA, 0, f"does not fit what is known: {error}")) from error
        circumstances = {
            "branch": origin.branch,
            "onto": origin.onto,
            "approved": origin.approved,
            "standing": origin.standing,
            "weakening_accepted": origin.weakening_accepted,
        }
        return Case(origin, name, known, json.dumps(circumstances))

    def decide(self, action: str, case: Case) -> Decision:
        """Ask the policies; whatever is no clear yes is a no."""
        answer = cedarpy.is_authorized(
            request(action, case), self.parsed, case.entities, self.schema
        )
        # Cedar skips a policy that errs: a forbid that cannot be asked would forbid nothing.
        errors = tuple(sorted(answer.diagnostics.errors))
        permitted = answer.decision is cedarpy.Decision.Allow and not errors
        decided = () if errors else tuple(sorted(answer.diagnostics.reasons))
        told = tuple(f"{one.id}: {one.says}" for one in self.policies if one.id in decided)
        who = case.origin.principal
        return Decision(action, who, permitted, decided, errors, self.digest, told)


def build(texts: Sequence[Text], schema: str) -> PolicySet:
    """Make a set of these files; raise BadPolicies with every flaw that it has."""
    return _built(tuple(texts), schema)


@lru_cache(maxsize=16)  # parsed once: reading takes ten times as long as a decision
def _built(texts: tuple[Text, ...], schema: str) -> PolicySet:
    _schema(schema)
    policies, flaws = _all(texts)
    flaws += [flaw for policy in policies for flaw in unsound(policy, schema)]
    flaws += _misplaced(policies)
    if len(policies) > MOST:
        flaws.append(Flaw("the policies", 0, f"are {len(policies)}; {MOST} are allowed"))
    if flaws:
        raise BadPolicies(*flaws)
    return PolicySet(policies, digest(texts, schema), _schema(schema), _parsed(policies))


def _parsed(policies: Sequence[Policy]) -> cedarpy.PolicySet:
    static = {policy.id: json.loads(policy.parsed) for policy in policies}
    document = {"templates": {}, "staticPolicies": static, "templateLinks": []}
    try:
        return cedarpy.PolicySet.from_json_str(json.dumps(document))
    except ValueError as error:
        flaws = [Flaw(one.file, one.line, _TOO_DEEP) for one in policies if _is_deep(one)]
        what = Flaw("the policies", 0, f"cannot be used together: {error}")
        raise BadPolicies(*flaws or [what]) from error


def _is_deep(policy: Policy) -> bool:
    document = {"templates": {}, "staticPolicies": {policy.id: json.loads(policy.parsed)}}
    try:
        cedarpy.PolicySet.from_json_str(json.dumps({**document, "templateLinks": []}))
    except ValueError:
        return True
    return False


def request(action: str, case: Case) -> dict[str, object]:
    """Put the question in Cedar's form; names go beside the text, so that none is read as such."""
    return {
        "principal": {"type": _kind(case.origin), "id": case.origin.writer},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Change", "id": case.name},
        "context": case.circumstances,
    }


def digest(texts: Sequence[Text], schema: str) -> str:
    """Name a set by everything that it was made of, whether it can be used or not."""
    content = sorted([str(one.source), one.file, one.text] for one in texts)
    return hashlib.sha256(json.dumps([content, schema]).encode()).hexdigest()


@lru_cache(maxsize=4)
def _schema(schema: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(schema)
    except ValueError as error:
        raise BadPolicies(Flaw(SCHEMA, 0, f"cannot be read: {error}")) from error


def _all(texts: Sequence[Text]) -> tuple[tuple[Policy, ...], list[Flaw]]:
    policies: list[Policy] = []
    flaws: list[Flaw] = []
    for text in texts:
        try:
            policies += read(text)
        except BadPolicies as bad:
            flaws += bad.flaws
    return tuple(policies), flaws


def _misplaced(policies: Sequence[Policy]) -> list[Flaw]:
    flaws: list[Flaw] = []
    first: dict[str, Policy] = {}
    for policy in policies:
        other = first.setdefault(policy.id, policy)
        if other is not policy:
            what = f"{policy.id} is the name of another policy already, in {other.file}: rename it"
            flaws.append(Flaw(policy.file, policy.line, what))
        if policy.source in (Source.OWN, Source.TARGET) and not policy.forbids:
            what = f"{policy.id} permits; here policies can only tighten: write forbid"
            flaws.append(Flaw(policy.file, policy.line, what))
    return flaws


def _kind(origin: Origin) -> str:
    return "Person" if origin.is_person else "Agent"


def entities(name: str, origin: Origin, facts: Facts) -> str:
    """Describe the writer, the target and the change, each of which a policy may ask about."""
    writer = {"type": _kind(origin), "id": origin.writer}
    target = {"type": "Target", "id": origin.target}
    known: list[dict[str, object]] = [
        {"uid": writer, "attrs": {} if origin.is_person else {"engine": origin.engine}},
        {"uid": target, "attrs": {}},
        {"uid": {"type": "Change", "id": name}, "attrs": facts, "parents": [target]},
    ]
    return json.dumps([{"parents": [], **entity} for entity in known])
