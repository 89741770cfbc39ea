"""Do the policies permit every write of a change that no person has approved?"""

from ports.git import GitFailed
from proposals.authorising.origins import origin_of
from proposals.models import Proposal
from proposals.touched import files_of
from targets import manifest
from targets.manifest import BadManifest
from targets.repository import DiffDoesNotApply, Repository
from telemetry.sanitizer import sanitize
from validation import parameters
from validation.authorising import sources
from validation.authorising.facts import facts
from validation.authorising.origin import ACTIONS
from validation.authorising.reading import BadPolicies
from validation.verdicts import Context, CouldNotRun, Limits, NotText


def refusal(proposal: Proposal) -> str:
    """Say why a write is denied or the policies cannot be asked; nothing where all are permitted.

    The change is read from git, and no waiver counts: a person who let something pass has not let
    this pass.
    """
    repository = Repository.of(proposal.target)
    try:
        change = repository.apply(proposal.base_commit, proposal.diff)
        if change.digest != proposal.diff_digest or files_of(change) != proposal.affected_files:
            return "the row does not say what its diff does"
        described = manifest.read(repository, change.base)
        policies = sources.in_force(repository, change.base, described)
        context = Context(
            repository,
            described,
            parameters.load().of(proposal.target.slug),
            Limits.configured(),
            origin=origin_of(proposal, approved=True, standing=True),
        )
        case = policies.case(change.digest, context.origin, facts(change, context))
        decided = [policies.decide(action, case) for action in ACTIONS]
    except (
        *(BadManifest, BadPolicies, CouldNotRun, DiffDoesNotApply, GitFailed, NotText),
    ) as error:
        return f"they could not be asked: {sanitize(str(error))[0]}"
    denied = next((one for one in decided if not one.permitted), None)
    return f"{denied.words}: {denied.why}" if denied else ""
