"""What does the Architect choose to change, and may it?"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from benchmarks.running.together import Scored
from generations import requested
from generations.choosing.focus import Focus
from generations.engines.modelled import files, gaps, remembered
from generations.engines.modelled.asking import Conversation
from generations.engines.modelled.gaps import Cluster
from generations.engines.modelled.words import cleaned, lines_of
from generations.models import Reason
from generations.options import Generations
from generations.phases.baseline import measured
from generations.phases.shape import NothingToDo, Planned, Refused, Turn
from personas.material import fitting, harmless, marked, size, written
from personas.replies import settling
from personas.replies.contracts import Choice
from validation.gates import forbidden_paths
from validation.verdicts import Limits

NOTHING = "No benchmark finds anything, and nobody asks for a change."
LONGEST_WISH = 4000
MOST_FOCUSES = 40
# Shares of the room; what they leave belongs to the map of the files.
FOR_FOCUSES, FOR_FINDINGS, FOR_REJECTED, FOR_REVISION = 0.2, 0.4, 0.1, 0.2
KEYS = 600  # characters of the keys, the brackets and what is counted


def plan(turn: Turn, focuses: Sequence[Focus]) -> Planned:
    """Show the Architect what could be better; raise Refused without a plan that may be built."""
    scored = measured(turn, turn.base)
    found = gaps.clusters(scored)
    if not (focuses or found or turn.generation.brief):
        raise NothingToDo(NOTHING)
    turn.told("asks the Architect")
    talk = Conversation.of(turn, "Architect", "plan", Choice.model_json_schema())
    sketch = Sketch(turn, focuses[:MOST_FOCUSES], scored, found)
    settled = settling.plan(talk.about(sketch.written), against(turn, sketch.patterns))
    details = {
        "calls": talk.calls(),
        "prompt": f"{talk.agent.persona} {talk.agent.prompt.version}",
        "left_out": sketch.left_out,
        "repaired": settled.repaired,
        "mistakes": settled.reason,
    }
    if settled.value is None:
        raise Refused(Reason.NO_PLAN, f"There is no plan: {settled.reason}.", details)
    choice = cleaned(settled.value, but=("focus", "files_to_modify", "new_files", "risk"))
    if choice.is_none:
        raise NothingToDo(f"{talk.agent.name} plans nothing: {choice.rationale}", details)
    focus = _focus(turn, choice, focuses)
    _refuse_tried(turn, focus, details)
    details["new_files"] = choice.new_files
    return Planned(choice.plan(), focus, talk.engine, details)


@dataclass
class Sketch:
    """Write what the Architect is shown, within a room; what does not fit is counted."""

    turn: Turn
    focuses: Sequence[Focus]
    scored: Sequence[Scored]
    found: Sequence[Cluster]
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return what no change may touch: ours, this installation's, the target's own."""
        return forbidden_paths.patterns(self.turn.manifest, Limits.configured())

    def written(self, room: int) -> str:
        """Return the material as one JSON object."""
        turn = self.turn
        offered, no_focuses = fitting(self._offered(), int(room * FOR_FOCUSES))
        findings, no_findings = gaps.shown(self.found, int(room * FOR_FINDINGS))
        tried, no_tried = fitting(remembered.rejected(turn.generation), int(room * FOR_REJECTED))
        around = {
            "wanted": lines_of(turn.generation.brief, turn.generation.target)[:LONGEST_WISH],
            **requested.shown(turn.generation, int(room * FOR_REVISION)),
            "limits": _limits(),
            "benchmarks": gaps.scores(self.scored),
            "findings": findings,
            "focuses": offered,
            "rejected": tried,
            "forbidden": [harmless(one) for one in self.patterns],
        }
        room -= size(around) + KEYS
        there, no_files = files.mapped(turn, self._paths(), self._untested(), room)
        self.left_out = {
            "focuses": no_focuses,
            "findings": no_findings,
            "rejected": no_tried,
            "files": no_files,
        }
        return written({**around, "files": there, "left_out": self.left_out})

    def _offered(self) -> list[dict[str, Any]]:
        return [
            {
                "number": number,
                "fingerprint": harmless(one.fingerprint),
                "what": marked(one.words),
                "paths": [harmless(path) for path in one.paths[:10]],
                "attempts": one.attempts,
            }
            for number, one in enumerate(self.focuses, 1)
        ]

    def _paths(self) -> list[str]:
        """Return the paths that something is known of, in the order of what is known."""
        spoken = [path for one in self.focuses for path in one.paths]
        return spoken + [one.fingerprint.path for cluster in self.found for one in cluster.found]

    def _untested(self) -> Counter[str]:
        """Count for each file the functions that no test reaches."""
        reached = (cluster for cluster in self.found if cluster.benchmark == "code_coverage")
        return Counter(one.fingerprint.path for cluster in reached for one in cluster.found)


def against(turn: Turn, patterns: Sequence[str]) -> Callable[[Choice], list[str]]:
    """Return what says why a plan may not be built: that costs nothing, and comes first."""
    there = set(turn.repository.paths(turn.base))

    def mistakes(choice: Choice) -> list[str]:
        found = []
        for path in choice.files_to_modify:
            if reason := forbidden_paths.reason_against(path, patterns):
                found.append(f"files_to_modify: {path} {reason}")
            elif path not in there and path not in choice.new_files:
                words = "there is no such file; if it is to be made, name it in new_files as well"
                found.append(f"files_to_modify: {path}: {words}")
        for path in choice.new_files:
            if path in there or path not in choice.files_to_modify:
                words = "is there already" if path in there else "is not in files_to_modify"
                found.append(f"new_files: {path} {words}")
        most = _options().files
        if len(choice.files_to_modify) > most:
            found.append(f"files_to_modify: a change may touch {most} files")
        return found

    return mistakes


def _focus(turn: Turn, choice: Choice, focuses: Sequence[Focus]) -> Focus:
    """Return what a plan is about: what asked for it, what it names, or a thing of its own."""
    if turn.generation.brief and focuses:
        return focuses[0]
    said = str(choice.focus)
    if said.isdecimal() and 1 <= int(said) <= min(len(focuses), MOST_FOCUSES):
        return focuses[int(said) - 1]
    named = next((one for one in focuses if one.fingerprint == said), None)
    title = " ".join(choice.title.casefold().split())
    digest = hashlib.sha256(title.encode()).hexdigest()[:16]
    return named or Focus(f"model:{digest}", choice.title, 1.0, 1.0)


def _refuse_tried(turn: Turn, focus: Focus, details: dict[str, Any]) -> None:
    """Refuse what was not offered since it was rejected too often."""
    if turn.generation.brief:
        return
    most = _options().rejections
    times = remembered.times_rejected(turn.generation, focus.fingerprint)
    if times >= most:
        words = f"“{focus.words}” was rejected {times} times; it is left alone after {most}."
        raise Refused(Reason.KNOWN, words, details)


def _limits() -> dict[str, Any]:
    options = _options()
    return {
        "files": options.files,
        "changed_lines": options.lines,
        "code_needs_a_test": options.tests_required,
    }


def _options() -> Generations:
    chosen: Generations = settings.SELFIMPROVE.generations
    return chosen
