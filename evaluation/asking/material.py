"""What does one question to a model hold, within its budget, and what did not fit?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from evaluation.answers import Question
from evaluation.asking import files, memory, sampling
from evaluation.asking.sampling import Shown
from personas.agents import Agent
from personas.material import MARK, fitting, size, written
from personas.wording import Prompt, estimated_tokens
from proposals.documents import KINDS, headings
from targets import manifest
from targets.repository import Repository
from validation.gates.forbidden_paths import ALWAYS
from validation.verdicts import Limits

OURS = ("Review", "Implementation log")  # sections that are written by code
# Shares of the room; what they leave belongs to the failures.
FOR_FILES, FOR_PARAMETERS, FOR_REJECTED, FOR_LESSONS, FOR_BESIDE = 0.3, 0.15, 0.08, 0.08, 0.08


@dataclass(frozen=True, kw_only=True)
class Account:
    """Count what a question holds and what did not fit; it names no text."""

    clusters: int
    patterns: int
    exemplars: int
    files: int
    parameters: int
    rejected: int
    lessons: int
    patterns_left_out: int
    exemplars_left_out: int
    files_left_out: int
    parameters_left_out: int
    rejected_left_out: int
    lessons_left_out: int


@dataclass(frozen=True, kw_only=True)
class Material:
    """Hold the text of one question, its account, and the words that go before it."""

    text: str
    account: Account
    prompt: Prompt

    @property
    def tokens(self) -> int:
        """Estimate the tokens of the whole question."""
        return estimated_tokens(self.prompt.text) + estimated_tokens(self.text)


def gather(
    question: Question,
    agent: Agent,
    beside: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
) -> Material:
    """Write the material of a question as JSON that its agent may be asked beside its role.

    `beside` holds further lists by name, or others in the place of ours; what of them does not
    fit is counted as left out too.
    """
    room = agent.room
    around, left_out = _surroundings(question, room)
    for name, entries in beside.items():
        around[name], left_out[name] = fitting(entries, int(room * FOR_BESIDE))
    shown = _clusters(question, room, room - size(around) - size(left_out) - 200)
    patterns = [entry for one in shown for entry in one.patterns]
    account = _account(question, around, left_out, shown)
    material = {
        "clusters": [one.entry for one in shown],
        "patterns": patterns,
        "documents": _documents(question, len(patterns)),
        **around,
        "left_out": {
            "patterns": account.patterns_left_out,
            "exemplars": account.exemplars_left_out,
            **left_out,
        },
    }
    return Material(text=written(material), account=account, prompt=agent.prompt)


def _surroundings(question: Question, room: int) -> tuple[dict[str, Any], dict[str, int]]:
    """Collect what is the same for all failures, each part in its share of the room."""
    levers, target = question.levers, question.target
    wanted = [case.pattern.component for case in question.cases]
    shown, no_files = files.shown(levers, wanted, int(room * FOR_FILES))
    movable, no_parameters = files.parameters(
        levers, list(question.taken), wanted, int(room * FOR_PARAMETERS)
    )
    rejected, no_rejected = fitting(memory.rejected(target), int(room * FOR_REJECTED))
    lessons, no_lessons = fitting(memory.lessons(target), int(room * FOR_LESSONS))
    around = {
        "window_end": question.now.isoformat(),
        "blanks_of_long_texts": MARK,
        "headings": {
            kind: [name for name in headings(kind) if name not in OURS] for kind in KINDS
        },
        "files": shown,
        "parameters": movable,
        "forbidden": forbidden(question),
        "rejected": rejected,
        "lessons": lessons,
    }
    left_out = {
        "files": no_files,
        "parameters": no_parameters,
        "rejected": no_rejected,
        "lessons": no_lessons,
    }
    return around, left_out


def forbidden(question: Question) -> list[str]:
    """List the paths that no change may touch: ours, this installation's, the target's own."""
    said = manifest.read(Repository.of(question.target), question.commit)
    own = said.validation.forbidden_paths
    return sorted({*ALWAYS, *Limits.configured().forbidden_paths, *own})


def _clusters(question: Question, room: int, left: int) -> list[Shown]:
    """Write the heaviest clusters, until one does not fit any more."""
    found: list[Shown] = []
    patterns = 0
    clusters = sampling.clusters(question.cases)[: sampling.MOST_CLUSTERS]
    for number, cluster in enumerate(clusters, start=1):
        # One pattern of each cluster that follows keeps its place, however many this one has.
        most = sampling.MOST_PATTERNS - patterns - (len(clusters) - number)
        one = sampling.shown(cluster, number, room, most)
        left -= size([one.entry, *one.patterns, *_documents(question, len(one.patterns))])
        if left < 0 and found:
            break
        found.append(one)
        patterns += len(one.patterns)
    return found


def _documents(question: Question, count: int) -> list[Mapping[str, Any]]:
    front = {"target": question.target.slug, "base": question.commit}
    return [
        {"n": f"{question.nonce}-{number}", "front_matter": front}
        for number in range(1, count + 1)
    ]


def _account(
    question: Question,
    around: Mapping[str, Any],
    left_out: Mapping[str, int],
    shown: Sequence[Shown],
) -> Account:
    patterns = sum(len(one.patterns) for one in shown)
    counted = ("files", "parameters", "rejected", "lessons")
    return Account(
        clusters=len(shown),
        patterns=patterns,
        exemplars=sum(one.exemplars for one in shown),
        patterns_left_out=len(question.cases) - patterns,
        exemplars_left_out=sum(one.exemplars_left_out for one in shown),
        **{name: len(around[name]) for name in counted},
        **{f"{name}_left_out": left_out[name] for name in counted},
    )
