"""What was said about a proposal, by whom, and about which version of it?"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from audit.models import TOLD, Entry
from audit.people import names
from proposals.models import Proposal
from proposals.pages.colours import visible_lines
from proposals.threads.places import Lines, Place
from proposals.threads.records import Comment, Thread
from proposals.threads.saying import AUTHOR, WORDS

NOBODY = "somebody whose name was erased"
REMOVED, ERASED = "It was taken back.", "The words were erased."


@dataclass(frozen=True)
class Said:
    """Hold one comment as it is shown; `instead` stands where there are no words any more."""

    comment: Comment
    who: str
    words: str
    instead: str = ""
    earlier: bool = False  # said on an earlier version: it is changed there


@dataclass(frozen=True)
class Talk:
    """Hold one thread as it is shown; without a place it is about an earlier version."""

    thread: Thread
    said: tuple[Said, ...]
    place: Place | None
    resolved_by: str = ""

    @property
    def is_resolved(self) -> bool:
        """Tell whether somebody resolved it."""
        return self.thread.resolved_uid is not None


def talks(proposal: Proposal, lines: Lines) -> list[Talk]:
    """Return every thread of a proposal, oldest first, with a few questions however many."""
    threads = list(proposal.threads.prefetch_related("comments__author"))
    comments = {thread.pk: list(thread.comments.all()) for thread in threads}
    for thread, earlier in _carried(threads).items():
        comments[thread] = [*earlier, *comments[thread]]
    wanted = {thread.resolved_uid for thread in threads}
    for said in comments.values():
        wanted |= {uid for one in said for uid in (one.said_uid, one.words_uid)}
    entries = _entries(uid for uid in wanted if uid)
    return [_talk(one, comments[one.pk], proposal, lines, entries) for one in threads]


def open_first(found: Iterable[Talk]) -> list[Talk]:
    """Order threads as somebody reads them who looks for what is left to settle."""
    return sorted(found, key=lambda talk: talk.is_resolved)


@dataclass(frozen=True)
class Present:
    """Say who said something, and its present words; none once they are removed or erased."""

    who: str
    words: str


def present(comments: Sequence[Comment]) -> dict[int, Present]:
    """Return what comments say now, by their keys."""
    entries = _entries({uid for one in comments for uid in (one.said_uid, one.words_uid)})
    return {
        one.pk: Present(
            _who(entries[one.said_uid]),
            "" if one.removed_at else entries[one.words_uid].texts.get(WORDS, ""),
        )
        for one in comments
    }


def _entries(uids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Entry]:
    found = list(Entry.objects.filter(uid__in=list(uids)).prefetch_related(*TOLD))
    names.share(found)
    return {entry.uid: entry for entry in found}


def _carried(threads: Sequence[Thread]) -> dict[int, list[Comment]]:
    """Return what was said on earlier versions, for each thread that goes on with one there."""
    roots = {thread.root_id: thread for thread in threads if thread.root_id}
    if not roots:
        return {}
    rows = Comment.objects.select_related("author", "thread").order_by("pk")
    found: dict[int, list[Comment]] = {thread.pk: [] for thread in roots.values()}
    for one in rows.filter(Q(thread__in=roots) | Q(thread__root__in=roots)):
        later = roots[one.thread.root_id or one.thread_id]
        if one.thread_id < later.pk:
            found[later.pk].append(one)
    return found


def _talk(
    thread: Thread,
    comments: Sequence[Comment],
    proposal: Proposal,
    lines: Lines,
    entries: Mapping[uuid.UUID, Entry],
) -> Talk:
    is_current = thread.diff_digest == proposal.diff_digest
    place = lines.at(thread.path, thread.side, thread.line) if is_current else None
    said = tuple(_said(one, entries, one.thread_id != thread.pk) for one in comments)
    resolved = entries.get(thread.resolved_uid) if thread.resolved_uid else None
    return Talk(thread, said, place, _who(resolved) if resolved else "")


def _said(comment: Comment, entries: Mapping[uuid.UUID, Entry], earlier: bool) -> Said:
    who = _who(entries[comment.said_uid])
    if comment.removed_at is not None:
        return Said(comment, who, "", REMOVED, earlier)
    words = entries[comment.words_uid].texts.get(WORDS, "")
    return Said(comment, who, visible_lines(words), "" if words else ERASED, earlier)


def _who(entry: Entry) -> str:
    if name := entry.texts.get(AUTHOR):
        return name
    return NOBODY if entry.facts.get("forge") else entry.who
