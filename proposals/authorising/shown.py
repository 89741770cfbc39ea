"""Which policies are in force, how often did each decide, and how does its text look?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pygments.lexer import RegexLexer
from pygments.token import STANDARD_TYPES, Comment, Keyword, Name, Number, String, Text

from ports.git import GitFailed
from targets import manifest
from targets.manifest import BadManifest
from targets.models import State, Target
from targets.repository import RefMissing, Repository
from validation.authorising import sources, tally
from validation.authorising.deciding import PolicySet
from validation.authorising.reading import BadPolicies, Policy, Source
from validation.authorising.tally import Tally

Piece = tuple[str, str]  # a Pygments class without its prefix, and the text
TITLES: Mapping[Source, str] = {
    Source.SHIPPED: "Shipped with selfimprove",
    Source.OWN: "Of this installation",
    Source.TARGET: "Of the target",
}


class _Cedar(RegexLexer):
    name = "Cedar"
    tokens = {
        "root": [
            (r"//[^\n]*", Comment),
            (r'"(?:\\.|[^"\\])*"', String),
            (r"@\w+", Name.Decorator),
            (
                r"\b(?:permit|forbid|when|unless|principal|action|resource|context|if|then|else"
                r"|in|is|has|like|true|false)\b",
                Keyword,
            ),
            (r"\b[A-Z]\w*(?=::)", Name.Class),
            (r"\b\d+\b", Number),
            (r"\w+|\s+|.", Text),
        ]
    }


@dataclass(frozen=True)
class Shown:
    """Hold one policy as the page shows it."""

    policy: Policy
    pieces: tuple[Piece, ...]
    tally: Tally


@dataclass(frozen=True)
class Group:
    """Hold the policies of one source, or why they cannot be used."""

    title: str
    policies: tuple[Shown, ...] = ()
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True)
class InForce:
    """Hold everything that decides, with its digest, and what no policy decided."""

    groups: tuple[Group, ...]
    digest: str
    undecided: Tally

    @property
    def are_usable(self) -> bool:
        """Tell whether anything can be permitted at all."""
        return not any(group.flaws for group in self.groups)


def gather(now: datetime) -> InForce:
    """Collect the installation's set, and what each target adds to it."""
    counted = tally.lately(now)
    digest = sources.digest()
    undecided = counted.get("", Tally())
    try:
        ours = sources.in_force()
    except BadPolicies as bad:
        group = Group("Of this installation", flaws=tuple(map(str, bad.flaws)))
        return InForce((group,), digest, undecided)
    groups = [_group(ours, source, counted) for source in (Source.SHIPPED, Source.OWN)]
    groups += _targets(counted)
    kept = tuple(group for group in groups if group.policies or group.flaws)
    return InForce(kept, digest, undecided)


def coloured(text: str) -> tuple[Piece, ...]:
    """Cut the text of a policy into stretches of one colour."""
    return tuple(
        ("" if token is Text else STANDARD_TYPES.get(token, ""), value)
        for token, value in _Cedar(stripnl=False, ensurenl=False).get_tokens(text)
    )


def of_target(target: Target) -> PolicySet:
    """Return what decides over changes of a target now; raise BadPolicies, BadManifest."""
    repository = Repository.of(target)
    head = repository.head(target.branch)
    return sources.in_force(repository, head, manifest.read(repository, head))


def _targets(counted: Mapping[str, Tally]) -> Iterator[Group]:
    for target in Target.objects.filter(state=State.READY).order_by("slug"):
        title = f"{TITLES[Source.TARGET]} {target.name}"
        try:
            yield _group(of_target(target), Source.TARGET, counted, title)
        except BadPolicies as bad:
            yield Group(title, flaws=tuple(map(str, bad.flaws)))
        except (BadManifest, GitFailed, RefMissing) as error:
            yield Group(title, flaws=(str(error),))


def _group(
    policies: PolicySet, source: Source, counted: Mapping[str, Tally], title: str = ""
) -> Group:
    mine = [policy for policy in policies.policies if policy.source is source]
    return Group(title or TITLES[source], _shown(mine, counted))


def _shown(policies: Sequence[Policy], counted: Mapping[str, Tally]) -> tuple[Shown, ...]:
    return tuple(
        Shown(policy, coloured(policy.text), counted.get(policy.id, Tally()))
        for policy in policies
    )
