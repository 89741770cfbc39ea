"""Does a standing approval cover a change, and which of its bounds does the change miss? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proposals.standing.radius import RISKS
from validation.paths import matches

PROVEN = "proven improved"
ACCEPTED = (PROVEN, "kept", "witnessed")
ENGINES = ("embedded", "model")
HIGHEST = ("low", "medium")
SHOWN = 3  # names in a line of the table


class Bound(StrEnum):
    """Name each thing that has to hold, as the table on the pages does."""

    IN_FORCE = "In force"
    PEOPLE = "Both people"
    UNALTERED = "As it was confirmed"
    TRUST = "Nothing was taken back"
    SEALED = "Sealed on the log"
    STATUS = "Awaits review"
    ASKED = "Nobody asked for changes"
    HELD = "Held by nobody"
    FIRST = "No approval of it ended"
    JUDGED = "Accepted by its generation"
    PROVEN = "Proven improved"
    ENGINE = "Engine"
    CHECKED = "The check counts"
    GATES = "Every gate passed outright"
    TESTS = "No test asks for less"
    REHEARSED = "Way back rehearsed"
    RISK = "Blast radius"
    FILES = "Files"
    LINES = "Changed lines"
    PATHS = "Paths"
    POLICIES = "Policies"
    TARGET = "Target"
    WINDOW = "Change window"
    COUNT = "Approvals within 24 hours"


@dataclass(frozen=True)
class Line:
    """Say of one bound what it asks, what is so, and whether waiting could mend it."""

    bound: Bound
    asks: str
    found: str
    holds: bool
    waits: bool = False  # while it does not hold: it may hold later, and nothing else changes


@dataclass(frozen=True)
class Bounds:
    """Hold what two people allowed."""

    risk: str
    most_files: int
    most_lines: int
    most_per_day: int
    paths: tuple[str, ...]
    engines: tuple[str, ...]
    proven: bool = True


@dataclass(frozen=True)
class Authority:
    """Hold how the standing approval itself is."""

    state: str
    in_force: bool
    until: datetime
    missing: tuple[str, ...] = ()  # why one of the two people does not stand behind it any more
    altered: str = ""
    reverted: str = ""  # the title of what was taken back since it was confirmed
    unsealed: str = ""


@dataclass(frozen=True)
class Case:
    """Hold everything about a proposal that a bound asks for."""

    pending: bool
    held_by: str
    came_back: bool  # it was approved, and that ended before anything was done
    label: str  # of its generation; empty: none wrote exactly this change
    engine: str
    uncounted: str  # why its report does not count; empty: it does
    doubts: tuple[str, ...]  # gates that did not pass outright
    weaker: int
    rehearsal: str  # what speaks against its way back; empty: nothing does
    rehearsal_waits: bool
    risk: str
    files: int
    lines: int
    paths: tuple[str, ...]
    asked: str = ""  # what a person asked to be changed, in it or in the version before


@dataclass(frozen=True)
class Moment:
    """Hold what is so just now."""

    target: str = ""  # why nothing is done for the target; empty: nothing is in the way
    window: str | None = ""  # why its window is shut; None: nobody looked
    count: int = 0  # approved under it within a day
    policies: str | None = None  # why they say no; None: they were not asked


def stands(authority: Authority) -> tuple[Line, ...]:
    """Tell whether a standing approval can let anything through."""
    until = f"until {authority.until:%Y-%m-%d %H:%M} UTC"
    lost = "; ".join(authority.missing)
    return (
        _line(Bound.IN_FORCE, until, authority.in_force, authority.state),
        _line(Bound.PEOPLE, "may still grant one", not lost, lost or "both may"),
        _line(
            Bound.UNALTERED,
            "the log and the bounds agree",
            not authority.altered,
            authority.altered or "they do",
        ),
        _line(
            Bound.TRUST,
            "of what it let through",
            not authority.reverted,
            f"“{authority.reverted}” was" if authority.reverted else "nothing was",
        ),
        Line(
            Bound.SEALED,
            "before it lets anything through",
            authority.unsealed or "it is",
            not authority.unsealed,
            waits=True,
        ),
    )


def weigh(bounds: Bounds, case: Case) -> tuple[Line, ...]:
    """Hold a proposal against the bounds, each by itself, in the order in which people ask."""
    return (*_about_it(bounds, case), *_about_proof(case), *_about_size(bounds, case))


def now(bounds: Bounds, moment: Moment) -> tuple[Line, ...]:
    """Tell what is in the way just now; all but the policies pass by themselves."""
    unasked = "asked when it is due"
    refused = moment.policies
    count = f"{moment.count} so far"
    return (
        _line(
            Bound.POLICIES,
            "permit every write of it",
            not refused,
            unasked if refused is None else refused or "they do",
        ),
        _waiting(Bound.TARGET, "ready and not paused", moment.target, "it is"),
        _waiting(
            Bound.WINDOW,
            "open, where the risk waits for one",
            moment.window or "",
            unasked if moment.window is None else "nothing waits",
        ),
        Line(
            Bound.COUNT,
            f"at most {bounds.most_per_day}",
            count,
            moment.count < bounds.most_per_day,
            waits=True,
        ),
    )


def missed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return what does not hold."""
    return tuple(line for line in lines if not line.holds)


def refused(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return what does not hold and will not by waiting alone."""
    return tuple(line for line in lines if not line.holds and not line.waits)


def outside(globs: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    """Return the paths that no glob names; without a glob that is each of them."""
    return tuple(path for path in paths if not any(matches(glob, path) for glob in globs))


def _about_it(bounds: Bounds, case: Case) -> tuple[Line, ...]:
    accepted = case.label in ACCEPTED
    asks = "needed" if bounds.proven else "not asked for"
    improved = not bounds.proven or case.label == PROVEN
    return (
        _line(
            Bound.STATUS, "nobody decided yet", case.pending, _yes(case.pending, "it is decided")
        ),
        _line(
            Bound.ASKED,
            "what a person wants changed is for people",
            not case.asked,
            case.asked or "nobody did",
        ),
        _line(Bound.HELD, "a person can keep it", not case.held_by, case.held_by or "nobody does"),
        _line(
            Bound.FIRST,
            "what came back is for people",
            not case.came_back,
            "it came back" if case.came_back else "none did",
        ),
        _line(
            Bound.JUDGED, "of exactly this change", accepted, case.label or "no generation's word"
        ),
        _line(Bound.PROVEN, asks, improved, case.label or "not known"),
        _line(
            Bound.ENGINE, " or ".join(bounds.engines), case.engine in bounds.engines, case.engine
        ),
    )


def _about_proof(case: Case) -> tuple[Line, ...]:
    doubts = _some(case.doubts)
    return (
        _line(
            Bound.CHECKED,
            "of this change, by today's rules",
            not case.uncounted,
            case.uncounted or "it does",
        ),
        _line(
            Bound.GATES,
            "nothing to acknowledge, nothing left out",
            not doubts,
            doubts or "they did",
        ),
        _line(Bound.TESTS, "in no place", not case.weaker, f"{case.weaker or 'no'} place(s)"),
        Line(
            Bound.REHEARSED,
            "on the present head",
            case.rehearsal or "it is",
            not case.rehearsal,
            waits=case.rehearsal_waits,
        ),
    )


def _about_size(bounds: Bounds, case: Case) -> tuple[Line, ...]:
    beyond = outside(bounds.paths, case.paths)
    fits = case.risk in RISKS and bounds.risk in HIGHEST
    small = fits and RISKS.index(case.risk) <= RISKS.index(bounds.risk)
    inside = bool(case.paths) and not beyond
    return (
        _line(Bound.RISK, f"{bounds.risk} at most", small, case.risk),
        _line(
            Bound.FILES,
            f"at most {bounds.most_files}",
            0 < case.files <= bounds.most_files,
            str(case.files),
        ),
        _line(
            Bound.LINES,
            f"at most {bounds.most_lines}",
            case.lines <= bounds.most_lines,
            str(case.lines),
        ),
        _line(
            Bound.PATHS,
            _some(bounds.paths) or "none",
            inside,
            f"outside: {_some(beyond)}" if beyond else "all inside" if inside else "none",
        ),
    )


def _line(bound: Bound, asks: str, holds: bool, found: str) -> Line:
    return Line(bound, asks, found, holds)


def _waiting(bound: Bound, asks: str, against: str, fine: str) -> Line:
    return Line(bound, asks, against or fine, not against, waits=True)


def _yes(holds: bool, otherwise: str) -> str:
    return "nobody did" if holds else otherwise


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
