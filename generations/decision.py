"""Is a change worth proposing, by all that is known of it? Pure: without Django."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.verdicts import Verdict

SHOWN = 3  # names in a sentence


class Against(StrEnum):
    """Name what speaks against a change; each is a reason that a generation can end for."""

    NO_CHANGE = "no_change"
    GATES = "gates"
    TOO_LARGE = "too_large"
    NO_TESTS = "no_tests"
    REVIEW = "review"
    NOT_MEASURED = "not_measured"
    WORSE = "worse"
    NO_GAIN = "no_gain"


class Passing(StrEnum):
    """Say how the gates stand."""

    PASSED = "passed"
    ASKS = "asks a person"  # passes, and the person who decides acknowledges it
    REFUSED = "refused"
    UNKNOWN = "unknown"  # a gate could not run, or what was said counts no more


@dataclass(frozen=True)
class Measured:
    """Hold what one benchmark says of the way from the base to the change."""

    name: str
    verdict: Verdict
    words: str = ""
    keep: bool = False
    proven: bool = False
    has_score: bool = True  # on both sides
    must_pass: bool = False  # its items passed before: each that fails now is one too many
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Size:
    """Hold how large the change is, and how large it may be."""

    files: int
    lines: int
    most_files: int
    most_lines: int
    touches_code: bool = False
    touches_tests: bool = False
    tests_required: bool = False


@dataclass(frozen=True)
class Known:
    """Hold everything that a decision rests on."""

    size: Size
    gates: Passing = Passing.PASSED
    gates_said: str = ""
    is_same: bool = False  # as the base, byte by byte
    approved: bool = True
    score: float = 1.0
    consensus: float = 0.6
    benchmarks: tuple[Measured, ...] = ()
    gain: float = 0.0  # weighted, beyond noise
    threshold: float = 0.0
    is_witnessed: bool = False  # a case failed without the change and goes well with it
    asked_for: bool = False  # by a failure of the agents or a brief, which no benchmark counts
    requested: bool = False  # by a reviewer, who reads what comes of it whatever it gains


@dataclass(frozen=True)
class Decision:
    """Hold whether it is proposed, and why; being kept and being proven are two labels."""

    against: Against | None
    words: str
    better: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    requested: bool = False

    @property
    def accepted(self) -> bool:
        """Tell whether nothing speaks against it."""
        return self.against is None

    @property
    def label(self) -> str:
        """Name how sure it is that something got better."""
        if self.against is not None:
            return "not accepted"
        if self.proven:
            return "proven improved"
        return "kept" if self.better else "requested" if self.requested else "witnessed"


Complaint = Callable[[Known], str]


def decide(known: Known) -> Decision:
    """Return the first thing that speaks against the change, or that nothing does."""
    better = tuple(one.name for one in known.benchmarks if one.verdict == Verdict.BETTER)
    proven = tuple(one.name for one in known.benchmarks if one.proven)
    unsure = tuple(one.name for one in known.benchmarks if one.verdict == Verdict.INCONCLUSIVE)
    for against, complaint in COMPLAINTS:
        if words := complaint(known):
            return Decision(against, words, better, proven, unsure)
    words = _in_favour(known, better, proven)
    only = known.requested and not known.is_witnessed
    return Decision(None, words, better, proven, unsure, requested=only)


def too_large(size: Size) -> str:
    """Say that a change is larger than may be; nothing where it is not."""
    if size.files > size.most_files:
        return f"It changes {size.files} files; {size.most_files} are allowed."
    if size.lines > size.most_lines:
        return f"It changes {size.lines} lines; {size.most_lines} are allowed."
    return ""


def without_tests(size: Size) -> str:
    """Say that code changes and no test does, where one is asked for."""
    if size.tests_required and size.touches_code and not size.touches_tests:
        return "It changes code, and no test comes with it: the settings ask for one."
    return ""


def _same(known: Known) -> str:
    return "What it makes is what was there before, byte by byte." if known.is_same else ""


def _gates(known: Known) -> str:
    if known.gates in (Passing.PASSED, Passing.ASKS):
        return ""
    return known.gates_said or f"The gates say: {known.gates}."


def _review(known: Known) -> str:
    if not known.approved:
        return "The review says no."
    if not known.score >= known.consensus:  # so that what is no number is not enough either
        return f"The review gives {known.score:.2f}; {known.consensus:.2f} is needed."
    return ""


def _unmeasured(known: Known) -> str:
    for one in known.benchmarks:
        if one.must_pass and not one.has_score and one.verdict != Verdict.WORSE:
            return f"Whether its tests pass could not be measured: {one.name}: {one.words}"
    scored = [one for one in known.benchmarks if one.has_score or one.verdict == Verdict.WORSE]
    if not scored and not _is_shown(known):
        return "No benchmark could measure it before and after."
    return ""


def _worse(known: Known) -> str:
    for one in known.benchmarks:
        if one.must_pass and one.losses:
            return f"{one.name}: what passed before fails now: {_listed(one.losses)}"
    for one in known.benchmarks:
        if one.verdict == Verdict.WORSE:
            lost = f" ({_listed(one.losses)})" if one.losses else ""
            return f"{one.name} is worse: {one.words}{lost}"
    return ""


def _no_gain(known: Known) -> str:
    if known.gain > known.threshold or _is_shown(known):
        return ""
    noise = "; inconclusive is no gain" if _is_unsure(known) else ""
    words = f"The weighted gain beyond noise is {known.gain:+.4f}"
    return f"{words}; more than {known.threshold:.4f} is needed{noise}."


def _is_shown(known: Known) -> bool:
    return known.requested or (known.asked_for and known.is_witnessed)


def _is_unsure(known: Known) -> bool:
    return any(one.verdict == Verdict.INCONCLUSIVE for one in known.benchmarks)


# In the order in which a person would ask: the first answer is the reason.
COMPLAINTS: tuple[tuple[Against, Complaint], ...] = (
    (Against.NO_CHANGE, _same),
    (Against.GATES, _gates),
    (Against.TOO_LARGE, lambda known: too_large(known.size)),
    (Against.NO_TESTS, lambda known: without_tests(known.size)),
    (Against.REVIEW, _review),
    (Against.NOT_MEASURED, _unmeasured),
    (Against.WORSE, _worse),
    (Against.NO_GAIN, _no_gain),
)


def _in_favour(known: Known, better: Sequence[str], proven: Sequence[str]) -> str:
    """Say why it is proposed; only what is proven is called an improvement in general."""
    if proven:
        return f"Proven improved: {_listed(proven)}; gain {known.gain:+.4f}."
    if known.gain > known.threshold:
        names = _listed(better) or "the weighted score"
        return f"Better on what was measured: {names}; gain {known.gain:+.4f}, not proven."
    words = "A case that failed without it goes well with it; no benchmark is worse"
    if not known.is_witnessed:
        words = "A reviewer requested it, and no benchmark is worse"
    return f"{words}, and what they gain ({known.gain:+.4f}) would not do alone."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
