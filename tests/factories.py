"""How does a test get a target, a proposal or a person in the state it needs?

Plain functions over real git and the real moves: nothing here sets a status by hand.
"""

import itertools
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.contrib.auth.models import Group, Permission, User

from audit.log import Actor
from proposals import checks, decision, intake, lifecycle
from proposals.lifecycle import Move
from proposals.models import Proposal, Status
from proposals.rehearsed.records import Rehearsal, Result
from targets.models import State, Target
from targets.repository import Repository
from telemetry.models import Event, EventType, Pattern, PatternAlias
from telemetry.rollups.rebuild import rebuild
from tests.words import proposal_text as proposal_text
from tests.words import tools_diff as tools_diff
from validation.models import GateResult, Outcome, Report

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOOLS = """\
tools:
  web_search:
    timeout_ms: 400
    retries: 0
  calendar:
    timeout_ms: 1000
    retries: 1
"""
FILES: Mapping[str, str] = {
    "config/tools.yaml": TOOLS,
    "config/schedule.yaml": "tasks:\n  digest:\n    retries: 0\n    retry_delay_ms: 100\n",
    "gateway/limits.py": '"""Limits."""\n\nLONGEST = 10\n',
    "tests/test_limits.py": "import unittest\n",
    "SYSTEM_CONTRACT.md": "# Contract\n\nAgents answer within their limits.\n",
    ".selfimprove.toml": '[tests]\ncommand = ["python3", "-m", "unittest"]\n',
}
_MAY = {"reviewer": ["decide_proposal", "comment_proposal"], "operator": ["comment_proposal"]}
_numbers = itertools.count(1)


def git(place: Path, *arguments: str) -> str:
    """Run the system's git in a test repository, free of the user's own configuration."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(place),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": "2026-03-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-03-01T00:00:00Z",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=place, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def make_origin(folder: Path, files: Mapping[str, str] = FILES, branch: str = "main") -> Path:
    """Make a bare repository with one commit and return its path."""
    work, origin = folder / "work", folder / "origin.git"
    work.mkdir(parents=True)
    git(work, "init", "--quiet", f"--initial-branch={branch}")
    for path, text in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text)
    git(work, "add", "-A")
    git(work, "commit", "--quiet", "-m", "Begin")
    git(folder, "clone", "--quiet", "--bare", "work", "origin.git")
    git(work, "remote", "add", "origin", str(origin))
    return origin


def commit_to_origin(
    target: Target, files: Mapping[str, str | None], *, branch: str = "", message: str = "Change"
) -> str:
    """Commit files to a branch of a target's origin from outside, as a person would."""
    work = Path(target.origin).parent / f"elsewhere-{next(_numbers)}"
    name = branch or target.branch
    git(work.parent, "clone", "--quiet", "--branch", name, target.origin, work.name)
    for path, text in files.items():
        if text is None:
            (work / path).unlink()
            continue
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text)
    git(work, "add", "-A")
    git(work, "commit", "--quiet", "-m", message)
    git(work, "push", "--quiet", "origin", name)
    return git(work, "rev-parse", "HEAD")


def refreshed(target: Target) -> None:
    """Have a target read again, after others committed to it."""
    repository = Repository.of(target)
    repository.fetch()
    target.head_commit = repository.head(target.branch)
    target.save()


def make_target(
    tmp_path: Path, *, slug: str = "gateway", files: Mapping[str, str] = FILES, at: datetime = NOW
) -> Target:
    """Make a target with a real bare origin and a managed clone that has been fetched."""
    origin = make_origin(tmp_path / f"{slug}-{next(_numbers)}", files)
    target = Target.objects.create(
        slug=slug, name=slug.title(), origin=str(origin), state=State.READY, created_at=at
    )
    repository = Repository.of(target)
    repository.fetch()
    target.head_commit = repository.head(target.branch)
    target.save()
    return target


def make_pattern(
    target: Target, *, component: str = "web_search", events: int = 4, at: datetime = NOW
) -> Pattern:
    """Make a failure pattern with its events, one a minute before `at`."""
    number = next(_numbers)
    fingerprint = f"{number:016x}"
    pattern = Pattern.objects.create(
        target=target,
        event_type=EventType.TOOL_CALL,
        component=component,
        error_code="timeout",
        template="upstream did not answer within <n> ms",
        explanation="The time limit lies below the usual answer.",
        diagnosis="timeout",
        diagnosed_by="rule:timeout",
        severity="medium",
        count=events,
        session_count=events,
        agents=["planner"],
        first_seen=at - timedelta(minutes=events),
        last_seen=at - timedelta(minutes=1),
    )
    PatternAlias.objects.create(
        target=target,
        fingerprint=fingerprint,
        pattern=pattern,
        count=events,
        first_seen=pattern.first_seen,
        last_seen=pattern.last_seen,
    )
    Event.objects.bulk_create(
        Event(
            target=target,
            uid=f"e{number}x{index}",
            event_type=EventType.TOOL_CALL,
            timestamp=at - timedelta(minutes=index + 1),
            session_id=f"s-{index}",
            agent="planner",
            component=component,
            success=False,
            error_code="timeout",
            error_message="upstream did not answer within 400 ms",
            latency_ms=402,
            fingerprint=fingerprint,
        )
        for index in range(events)
    )
    rebuild(target)
    return pattern


def make_user(role: str = "reviewer", *, name: str = "") -> User:
    """Make a person with one of the roles viewer, reviewer, operator or admin."""
    user = User.objects.create_user(name or f"{role}-{next(_numbers)}", password="long enough 1")
    if role == "admin":
        user.is_staff = user.is_superuser = True
        user.save()
        return user
    group, _ = Group.objects.get_or_create(name=role)
    user.groups.add(group)
    # A test that empties the database between threads has lost the groups' permissions too.
    names = ["view_proposal", *(_MAY.get(role, []))]
    group.permissions.add(*Permission.objects.filter(codename__in=names))
    return user


def make_report(
    proposal: Proposal, outcome: str = Outcome.PASSED, *, at: datetime = NOW
) -> Report:
    """Give a proposal the report of a check that judged exactly its change."""
    report = Report.objects.create(
        target=proposal.target,
        base_commit=proposal.base_commit,
        tree="7" * 40,
        diff_digest=proposal.diff_digest,
        policy_digest=checks.rules_in_force(),
        digest=f"{next(_numbers):064x}",
        outcome=outcome,
        made_at=at,
        seconds=0.4,
    )
    GateResult.objects.create(
        report=report,
        position=0,
        gate="bounds",
        question="Do changed settings stay within their bounds?",
        outcome=outcome,
        summary="timeout_ms stays between 100 and 10000",
    )
    proposal.report = report
    proposal.save(update_fields=["report"])
    make_rehearsal(proposal, at=at)
    return report


def make_rehearsal(
    proposal: Proposal,
    result: str = Result.REHEARSED,
    *,
    words: str = "Rollback rehearsed.",
    at: datetime = NOW,
) -> Rehearsal:
    """Give a proposal the rehearsal of exactly its change on its target's head."""
    kept, _ = Rehearsal.objects.update_or_create(
        proposal=proposal,
        defaults={
            "result": result,
            "words": words,
            "head_commit": proposal.target.head_commit,
            "diff_digest": proposal.diff_digest,
            "policy_digest": checks.rules_in_force(),
            "tree": "6" * 40,
            "changed_tree": "7" * 40,
            "made_at": at,
        },
    )
    return kept


def make_proposal(
    target: Target,
    *,
    status: str = Status.PENDING,
    text: str = "",
    engine: str = "embedded",
    author: str = "EvalAgent",
    at: datetime = NOW,
    **words: str,
) -> Proposal:
    """Hand in a proposal and walk it to a status by the real moves, with a passed check.

    Each call needs a change of its own: without `text` or `diff`, another limit is taken.
    """
    words.setdefault("diff", tools_diff(10_000 + next(_numbers)))  # which no test writes itself
    proposal = intake.submit(
        target=target,
        text=text or proposal_text(**words),
        engine=engine,
        author=author,
        at=at,
        actor=Actor("person", author) if engine == "person" else Actor.agent(author),
    )
    make_report(proposal, at=at)
    for step, move in enumerate(_ROADS[Status(status)], start=1):
        _walk(proposal, move, at + timedelta(minutes=step))
        proposal.refresh_from_db()
    return proposal


_ROADS: Mapping[Status, tuple[Move, ...]] = {
    Status.PENDING: (),
    Status.APPROVED: (Move.APPROVE,),
    Status.REJECTED: (Move.REJECT,),
    Status.PR_OPEN: (Move.APPROVE, Move.OPEN_PR),
    Status.IMPLEMENTED: (Move.APPROVE, Move.OPEN_PR, Move.IMPLEMENT),
    Status.REVERTED: (Move.APPROVE, Move.OPEN_PR, Move.IMPLEMENT, Move.REVERT),
    Status.FAILED: (Move.APPROVE, Move.FAIL),
    Status.SUPERSEDED: (Move.SUPERSEDE,),
}


def _walk(proposal: Proposal, move: Move, at: datetime) -> None:
    if move is Move.APPROVE:
        for _ in range(2 if proposal.risk in decision.FOUR_EYES else 1):
            decision.approve(
                proposal,
                reviewer=make_user(),
                document_digest=proposal.document_digest,
                at=at,
            )
    elif move is Move.REJECT:
        decision.reject(proposal, reviewer=make_user(), reason="The index is at fault.", at=at)
    else:
        reason = lifecycle.MOVES[move].label if lifecycle.MOVES[move].needs_reason else ""
        lifecycle.advance(proposal, move, actor=Actor.system("delivery"), at=at, reason=reason)
