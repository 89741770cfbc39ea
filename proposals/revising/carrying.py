"""What becomes of the conversations about a change when a revision takes its place?"""

from proposals.models import Proposal, Thread
from proposals.threads.places import Lines, across


def carry(old: Proposal, new: Proposal) -> list[Thread]:
    """Go on with each conversation at its line, or as one about an earlier version."""
    lines = Lines(new.diff)
    threads = old.threads.order_by("pk")
    return [_carried(thread, old, new, lines) for thread in threads]


def _carried(thread: Thread, old: Proposal, new: Proposal, lines: Lines) -> Thread:
    place = None
    if thread.path and thread.diff_digest == old.diff_digest:
        place = across(thread.path, thread.side, thread.line, thread.quoted, lines)
    return Thread.objects.create(
        proposal=new,
        path=thread.path,
        side=place.side if place else thread.side,
        line=place.line if place else thread.line,
        diff_digest=new.diff_digest if place else _earlier(thread, new),
        quoted=thread.quoted,
        opened_at=thread.opened_at,
        resolved_uid=thread.resolved_uid,
        root_id=thread.root_id or thread.pk,
    )


def _earlier(thread: Thread, new: Proposal) -> str:
    """Return a digest that is not of this diff: the line is no part of it any more."""
    return "" if thread.diff_digest == new.diff_digest else thread.diff_digest
