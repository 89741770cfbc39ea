"""How do git and the records come to say the same?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from proposals import index, pushing, records, rewording
from proposals.lifecycle import MOVES, Move
from proposals.models import Proposal, Review, Status, Transition
from proposals.rewording import NotReworded
from targets.models import Target
from targets.repository import ZERO, PushRefused, RefMissing, Repository
from telemetry.sanitizer import sanitize

BRANCH = "selfimprove/proposals"
REF = f"refs/heads/{BRANCH}"
READ = "refs/selfimprove/proposals-read"  # up to where edits made in git were taken over
SYSTEM = Actor.system("proposals")
ATTEMPTS = 3  # when others push at the same time
_VERBS = {
    Status.PENDING: "Propose",
    Status.APPROVED: "Approve",
    Status.REJECTED: "Reject",
    Status.PR_OPEN: "Deliver",
    Status.IMPLEMENTED: "Implement",
    Status.REVERTED: "Revert",
    Status.FAILED: "Give up",
    Status.SUPERSEDED: "Supersede",
}


@dataclass(frozen=True)
class Published:
    """What one pass did."""

    commits: int
    reworded: int
    restored: int
    pushed: bool


def publish(target: Target, now: datetime) -> Published:
    """Bring the proposals branch up to date, take over edits made there, and push it.

    Each unpublished transition becomes one commit that says who and why. A pass that was cut
    short is completed by the next; when somebody else pushed in between, it starts again on top
    of theirs. Raises OriginUnreachable or PushRefused.
    """
    repository = Repository.of(target)
    with repository.lock():
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _pass(target, repository, now)
            except PushRefused:
                if attempt == ATTEMPTS:
                    raise
    raise AssertionError("every attempt returns or raises")


def _pass(target: Target, repository: Repository, now: datetime) -> Published:
    repository.fetch()
    _follow_origin(target, repository)
    reworded, refused = _take_over_edits(target, repository, now)
    commits = _commit_transitions(target, repository)
    commits += _commit_first_voices(target, repository)
    for proposal in refused:
        _restore(proposal, repository, now)
    _restore_index(target, repository, now)
    _mark_read(repository)
    pushed = pushing.push(target, repository, BRANCH, now)
    return Published(commits, reworded, len(refused), pushed)


def entries_on(repository: Repository) -> dict[str, str]:
    """Map the log entry that each commit of the branch names to that commit."""
    found: dict[str, str] = {}
    try:
        history = repository.log(BRANCH, limit=1_000_000)
    except RefMissing:
        return found
    for commit in history:
        # Only the last line is ours: a reason further up may say anything.
        last = commit.message.rstrip().rpartition("\n")[2]
        if last.startswith("Entry: "):
            found[last.removeprefix("Entry: ").strip()] = commit.sha
    return found


def _follow_origin(target: Target, repository: Repository) -> None:
    """Start from what the origin has; commits of ours that never arrived are made again."""
    theirs, ours = repository.remote_head(BRANCH), repository.ref(REF)
    if theirs is None or theirs == ours or (ours and repository.is_ancestor(theirs, ours)):
        return
    if ours:
        lost = repository.git.text("rev-list", ours, f"^{theirs}").split()
        Transition.objects.filter(proposal__target=target, commit__in=lost).update(commit="")
    repository.update_ref(REF, theirs, ours or ZERO)


def _take_over_edits(
    target: Target, repository: Repository, now: datetime
) -> tuple[int, list[Proposal]]:
    head, seen = repository.ref(REF), repository.ref(READ)
    if head is None or head == seen:
        return 0, []
    paths = repository.changed_paths(seen, head) if seen else repository.paths(head)
    reworded, refused = 0, []
    published = Transition.objects.filter(proposal__target=target).exclude(commit="")
    edited = Proposal.objects.filter(path__in=paths, pk__in=published.values("proposal"))
    for proposal in edited.select_related("target", "report"):
        try:
            reworded += _take_over(proposal, repository, head, now)
        except NotReworded as refusal:
            _record_refusal(proposal, str(refusal), head, now)
            refused.append(proposal)
    return reworded, refused


def _take_over(proposal: Proposal, repository: Repository, head: str, now: datetime) -> bool:
    """Take over one file's words; what only touched status, review or log is written back."""
    if proposal.path not in repository.paths(head):
        raise NotReworded("its file was removed")
    text = repository.read(head, proposal.path).decode("utf-8", "replace")
    last = repository.git.text("log", "-1", "--format=%H %an", head, "--", proposal.path)
    commit, _, editor = last.partition(" ")
    reworded = rewording.take_over(
        proposal, text, repository=repository, editor=editor, commit=commit, at=now
    )
    if not reworded:
        _restore(proposal, repository, now)
    return reworded


def _commit_transitions(target: Target, repository: Repository) -> int:
    waiting = Transition.objects.filter(proposal__target=target, commit="").order_by("at", "id")
    moves = list(waiting.select_related("proposal"))
    lines = _index_lines(target) if moves else {}
    for move in moves:
        proposal = move.proposal
        lines[str(proposal.pk)] = _index_line(proposal, move.destination)
        moves_so_far = list(proposal.transitions.filter(version__lte=move.version))
        commit = repository.commit_files(
            BRANCH,
            {
                proposal.path: records.text_at(proposal, moves_so_far).encode(),
                index.PATH: index.render(target.name, lines.values()).encode(),
            },
            _message(move),
            move.at,
            author=move.actor,
        )
        with transaction.atomic():
            Transition.objects.filter(pk=move.pk).update(commit=commit)
            Proposal.objects.filter(pk=proposal.pk).update(commit=commit)
    return len(moves)


def _commit_first_voices(target: Target, repository: Repository) -> int:
    """Commit the approvals that await a second one: they move nothing, and must not be lost."""
    waiting = Review.objects.filter(proposal__target=target, proposal__status=Status.PENDING)
    held = entries_on(repository) if waiting.exists() else {}
    missing = [r for r in waiting.select_related("proposal") if str(r.entry_uid) not in held]
    for review in missing:
        proposal, name = review.proposal, review.reviewer.get_username()
        text = records.full_text(proposal).encode()
        message = (
            f"Review: {proposal.title}\n\nThe first of two approvals.\n\n"
            f"By: {name} (person)\nProposal: {proposal.pk}\nEntry: {review.entry_uid}\n"
        )
        repository.commit_files(BRANCH, {proposal.path: text}, message, review.at, author=name)
    return len(missing)


def _index_lines(target: Target) -> dict[str, index.Line]:
    """List what the branch already says: the last published status of each proposal."""
    published = Transition.objects.filter(proposal__target=target).exclude(commit="")
    ordered = published.order_by("version").select_related("proposal")
    ordered = ordered.defer("proposal__document", "proposal__diff")
    return {
        str(move.proposal_id): _index_line(move.proposal, move.destination) for move in ordered
    }


def _index_line(proposal: Proposal, status: str) -> index.Line:
    return index.Line(
        id=str(proposal.pk),
        title=proposal.title,
        status=status,
        severity=proposal.severity,
        path=proposal.path,
        created=proposal.created_at,
    )


def _message(move: Transition) -> str:
    verb = "Reword" if move.source == move.destination else _VERBS[Status(move.destination)]
    if move.source in MOVES[Move.LAPSE].sources and move.destination == Status.PENDING:
        verb = "Ask again"
    reason = f"{move.reason}\n\n" if move.reason else ""
    return (
        f"{verb}: {move.proposal.title}\n\n{reason}"
        f"By: {move.actor} ({move.actor_type})\n"
        f"Proposal: {move.proposal_id}\nEntry: {move.entry_uid}\n"
    )


def _restore(proposal: Proposal, repository: Repository, now: datetime) -> None:
    """Put the words back that an edit could not replace."""
    moves: Sequence[Transition] = list(proposal.transitions.all())
    published = [move for move in moves if move.commit]
    if not published:
        return
    whole = len(published) == len(moves)
    text = records.full_text(proposal) if whole else records.text_at(proposal, published)
    message = (
        f"Restore: {proposal.title}\n\nThe edit was not taken over; the records hold the reason."
    )
    repository.commit_files(BRANCH, {proposal.path: text.encode()}, message, now)


def _restore_index(target: Target, repository: Repository, now: datetime) -> None:
    """Write the index again when an edit made in git changed it."""
    head, seen = repository.ref(REF), repository.ref(READ)
    if head is None or seen is None or index.PATH not in repository.changed_paths(seen, head):
        return
    text = index.render(target.name, _index_lines(target).values())
    message = "Restore: the index\n\nIt is written from the records; edits belong in the files."
    repository.commit_files(BRANCH, {index.PATH: text.encode()}, message, now)


def _record_refusal(proposal: Proposal, reason: str, commit: str, now: datetime) -> None:
    with transaction.atomic():
        record(
            Event.PROPOSAL_REFUSED,
            actor=SYSTEM,
            subject=f"proposal:{proposal.pk}",
            target=proposal.target.slug,
            at=now,
            reason=sanitize(f"An edit made in git was not taken over: {reason}")[0],
            texts={"title": proposal.title},
            facts={"commit": commit},
        )


def _mark_read(repository: Repository) -> None:
    head, seen = repository.ref(REF), repository.ref(READ)
    if head and head != seen:
        repository.update_ref(READ, head, seen or ZERO)
