"""Does this installation work now: database, log, clock, sandbox, and the gates' own corpus?"""

import importlib.util
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit.checks.beside import Unfinished
from audit.keys.folder import KeyTrouble
from audit.verifications import asking
from audit.verify import verify
from selfimprove.doctor import findings
from selfimprove.doctor.findings import BAD, GOOD, WARN, Finding
from selfimprove.models import Run, RunState, Switch
from selfimprove.schedules import TICKS, Tick
from validation.proving import corpus
from validation.proving.corpus import Case, Seen
from validation.verdicts import counted

CHEATS = Path("tests", "cheats")
SLACK = timedelta(minutes=2)  # what a busy worker may be behind
Tried = Callable[[Case], object]


def gather(now: datetime, *, quick: bool = False, tried: Tried | None = None) -> list[Finding]:
    """Try everything; `quick` leaves out the corpus, which takes a minute or two."""
    database = tables(findings.database())
    found = [database]
    if database.state == GOOD:
        found += [log(), clock(now)]
    found.append(findings.confinement())
    if not quick:
        found.append(gates(now, tried))
    return found


def tables(database: Finding) -> Finding:
    """Look whether a database that answers has the tables of this version."""
    if database.state != GOOD:
        return database
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return database
    words = f"{database.words}, but {counted(len(missing), 'migration')} of it did not run yet"
    return Finding(database.name, BAD, words, "Run manage.py migrate, or manage.py up.")


def log() -> Finding:
    """Verify what came since the last verification, without the writers' signatures."""
    remedy = "Run manage.py verify-log, and keep this machine as it is."
    try:
        verdict = verify(since=asking.verified_size(), signatures=False)
    except KeyTrouble as error:
        return Finding("Log", BAD, f"It cannot be verified: {error}", remedy)
    except Unfinished as error:
        return Finding("Log", BAD, f"The verification broke off: {error}", remedy)
    if not verdict.ok:
        return Finding("Log", BAD, f"It differs: {verdict.problems[0]}", remedy)
    return Finding("Log", GOOD, f"{verdict.checked:,} entries are as they were recorded")


def clock(now: datetime) -> Finding:
    """Look for ticks that should have run by now."""
    known = Run.objects.in_bulk()
    remedy = "Start it: manage.py up, or the parts of it that run elsewhere."
    if not known:
        return Finding("Clock", BAD, "No tick has run here yet", remedy)
    paused = Switch.objects.filter(paused_at__isnull=False).exists()
    asked = [tick for tick in TICKS if not (paused and tick.acts)]
    late = [tick.name for tick in asked if _is_late(tick, known.get(tick.name), now)]
    if late:
        return Finding("Clock", BAD, f"{counted(len(late), 'tick')} late: {_few(late)}", remedy)
    failed = [
        run.name for run in known.values() if run.failed_at and run.failed_at == run.ended_at
    ]
    if failed:
        words = f"{counted(len(failed), 'tick')} failed the last time: {_few(failed)}"
        return Finding("Clock", BAD, words, "Read why in Settings, Schedule.")
    return Finding("Clock", GOOD, f"All {counted(len(asked), 'tick')} in time")


def gates(now: datetime, tried: Tried | None = None) -> Finding:
    """Try every way to fake success that this checkout knows of."""
    folder = Path(settings.BASE_DIR) / CHEATS
    if not folder.is_dir():
        words = f"Not tried: {CHEATS} is not here, as in an installation without tests"
        return Finding("Gates", WARN, f"{words}. When recorded: {caught(corpus.recorded())}")
    python = _with_pytest()
    cases = [one for one in corpus.read(folder) if python or one.suite != "pytest"]
    found = []
    for case in cases:
        if tried:
            tried(case)
        found.append(corpus.tried(case, python=python, at=now))
    left_out = "" if python else "; those for pytest were left out, as no Python here has it"
    if wrong := [one for one in found if not one.right]:
        names = _few([f"{one.kind}/{one.name} ({one.words})" for one in wrong])
        remedy = "Let no change of an agent in before this is understood."
        return Finding("Gates", BAD, f"{caught(found)}; wrong: {names}{left_out}", remedy)
    return Finding("Gates", WARN if left_out else GOOD, f"{caught(found)}{left_out}")


def caught(found: list[Seen] | tuple[Seen, ...]) -> str:
    """Say how many cheats were caught, and how many honest changes were not."""
    cheats = [one for one in found if one.kind != corpus.HONEST]
    honest = [one for one in found if one.kind == corpus.HONEST]
    return (
        f"{sum(one.right for one in cheats)} of {len(cheats)} cheats caught,"
        f" {sum(one.right for one in honest)} of {len(honest)} honest changes let through"
    )


def _is_late(tick: Tick, run: Run | None, now: datetime) -> bool:
    if run is None:
        return not tick.cron
    if run.state == RunState.RUNNING and run.lease_until and run.lease_until > now:
        return False
    if tick.cron:
        return tick.is_due(now, run.slot) and now - tick.slot(now) > SLACK
    last = run.ended_at or run.queued_at
    return last is None or now - last > timedelta(seconds=3 * tick.every) + SLACK


def _with_pytest() -> Path | None:
    """Return a Python that has pytest: this one, or one that is named for a target."""
    if importlib.util.find_spec("pytest"):
        return Path(sys.executable)
    named = sorted(settings.SELFIMPROVE.validation.pythons.values())
    having = (path for path in named if any(path.parent.glob("pytest*")))
    return next(having, None)


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
