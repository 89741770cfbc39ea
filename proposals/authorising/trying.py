"""Would these proposals have passed under another policy? Nothing is kept of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ports.git import GitFailed
from proposals.authorising.origins import origin_of
from proposals.models import Proposal
from targets import manifest
from targets.manifest import BadManifest
from targets.repository import DiffDoesNotApply, Repository
from telemetry.sanitizer import sanitize
from validation import parameters
from validation.authorising import deciding, sources
from validation.authorising.deciding import Decision, PolicySet
from validation.authorising.facts import facts
from validation.authorising.origin import ACTIONS
from validation.authorising.reading import BadPolicies, Policy, Source, Text, read
from validation.verdicts import Context, CouldNotRun, Limits
from validation.waiving import acts

FILE = "what you tried"
MOST = 50


@dataclass(frozen=True)
class Tried:
    """Say what was decided about one proposal, as things are and with what was tried."""

    proposal: Proposal
    now: tuple[Decision, ...] = ()
    then: tuple[Decision, ...] = ()
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether everything is permitted as things are."""
        return bool(self.now) and all(one.permitted for one in self.now)

    @property
    def would_pass(self) -> bool:
        """Tell whether everything would be permitted."""
        return bool(self.then) and all(one.permitted for one in self.then)

    @property
    def denials(self) -> tuple[Decision, ...]:
        """List the writes that would be denied."""
        return tuple(one for one in self.then if not one.permitted)


def understand(text: str) -> tuple[Policy, ...]:
    """Return the policies of a text that is tried; raise BadPolicies with their places."""
    given = Text(FILE, text.replace("\r\n", "\n"), Source.TRIED)
    deciding.build([given], sources.schema())
    return read(given)


def would_pass(
    tried: Sequence[Policy], proposals: Sequence[Proposal], at: datetime
) -> tuple[Tried, ...]:
    """Ask about each proposal as if people had approved it, first as things are, then with these.

    A policy that is tried takes the place of the one of its name, or comes beside the others.
    """
    return tuple(_tried(tried, proposal, at) for proposal in proposals[:MOST])


def _tried(tried: Sequence[Policy], proposal: Proposal, at: datetime) -> Tried:
    repository = Repository.of(proposal.target)
    try:
        change = repository.apply(proposal.base_commit, proposal.diff)
        described = manifest.read(repository, change.base)
        now = sources.in_force(repository, change.base, described)
        then = with_these(now, tried)
        origin = origin_of(proposal, approved=True, weakening_accepted=True)
        limits = Limits.configured()
        rules = parameters.load().of(proposal.target.slug)
        waivers = acts.in_force(proposal.target, at)
        context = Context(repository, described, rules, limits, origin=origin, waivers=waivers)
        known = facts(change, context)
        return Tried(
            proposal,
            now=_all(now, context, known, change.digest),
            then=_all(then, context, known, change.digest),
        )
    except (BadManifest, BadPolicies, CouldNotRun, DiffDoesNotApply, GitFailed) as error:
        return Tried(proposal, problem=sanitize(str(error))[0])


def with_these(now: PolicySet, tried: Sequence[Policy]) -> PolicySet:
    """Return the set as it would be."""
    names = {policy.id for policy in tried}
    kept = [policy for policy in now.policies if policy.id not in names]
    texts = [Text(policy.file, policy.text, policy.source) for policy in (*kept, *tried)]
    return deciding.build(texts, sources.schema())


def _all(
    policies: PolicySet, context: Context, known: deciding.Facts, name: str
) -> tuple[Decision, ...]:
    case = policies.case(name, context.origin, known)
    return tuple(policies.decide(action, case) for action in ACTIONS)
