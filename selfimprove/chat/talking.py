"""How does a person read in a chat what is said of a change, and say something of it?"""

from datetime import datetime

from django.core.exceptions import PermissionDenied

from proposals.models import Comment, Proposal, Thread
from proposals.threads import reading, saying
from proposals.threads.places import NEW, OLD, Lines, Place
from proposals.threads.reading import Said, Talk
from proposals.threads.saying import CannotSay, Speaker
from selfimprove.chat import showing
from selfimprove.chat.commands import Command, Unclear, Where
from selfimprove.chat.deciding import stated
from selfimprove.chat.finding import short
from selfimprove.chat.records import ChatAccount, ChatReading

LONGEST_LINE = 80  # characters of a line that is quoted
LEFT_OUT = " What looked like a secret was left out: if it is one, replace it where it opens."
NOTHING = "Nothing was said."


def comments(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """List what is said of a proposal thread by thread, those first that are not settled."""
    found = reading.open_first(reading.talks(proposal, Lines(proposal.diff)))
    signs = short(proposal)
    if not found:
        return (
            f"Nobody has said anything of {signs} yet. To do so: comment {signs} and your words."
        )
    parts = showing.parts("\n\n".join(_thread(talk) for talk in found))
    number = showing.part(command.words, len(parts))
    told = sum(not talk.is_resolved for talk in found)
    head = f"{signs}: {len(found)} threads, {told} of them open."
    counted = f" Part {number} of {len(parts)}:" if len(parts) > 1 else ""
    below = "reply N and your words answers in thread N; resolve N settles one on a line."
    if number < len(parts):
        below = f"Goes on: comments {signs} {number + 1}. {below}"
    return f"{head}{counted}\n\n{parts[number - 1]}\n\n{below}"


def comment(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """Say something of a proposal, or of a line of it."""
    try:
        by = Speaker.person(account.person, **stated(account))
        place = _place(proposal, command.where, account) if command.where else None
        said = saying.say(proposal, command.words, by=by, at=now, place=place)
    except (CannotSay, PermissionDenied) as refusal:
        return f"{refusal} {NOTHING}"
    return f"{short(proposal)}: {_told(said, command.words, place)}"


def reply(command: Command, account: ChatAccount, now: datetime) -> str:
    """Answer in a thread."""
    thread = _found(command.wanted)
    try:
        by = Speaker.person(account.person, **stated(account))
        said = saying.reply(thread, command.words, by=by, at=now)
    except (CannotSay, PermissionDenied) as refusal:
        return f"{refusal} {NOTHING}"
    return f"{short(thread.proposal)}: {_told(said, command.words, None)}"


def settle(command: Command, account: ChatAccount, now: datetime) -> str:
    """Resolve a thread, or open it again."""
    thread, resolved = _found(command.wanted), command.verb == "resolve"
    try:
        by = Speaker.person(account.person, **stated(account))
        changed = saying.settle(thread, resolved=resolved, by=by, at=now)
    except (CannotSay, PermissionDenied) as refusal:
        return f"{refusal} Nothing was changed."
    state, other = ("resolved", "reopen") if resolved else ("open", "resolve")
    if not changed:
        return f"Thread {thread.pk} is {state} already; {other} {thread.pk} undoes that."
    return f"{short(thread.proposal)}: thread {thread.pk} is {state} now."


ABOUT_PROPOSALS = {"comments": comments, "comment": comment}
ABOUT_THREADS = {"reply": reply, "resolve": settle, "reopen": settle}


def _place(proposal: Proposal, where: Where, account: ChatAccount) -> Place:
    """Find a line in the change as it is now; what was shown of an older one does not count."""
    shown = ChatReading.objects.filter(account=account, proposal=proposal).first()
    signs = short(proposal)
    if shown and shown.digest != proposal.document_digest:
        raise CannotSay(f"It was changed since you were shown it: write show {signs} first.")
    lines, side = Lines(proposal.diff), OLD if where.is_before else NEW
    place = lines.at(where.path, side, where.line)
    if place is None:
        raise CannotSay(
            f"{lines.missing(where.path, side, where.line)} Where you mean no line, put another"
            f" word before it: comment {signs} and your words."
        )
    return place


def _found(wanted: str) -> Thread:
    number = wanted.strip("`#")
    rows = Thread.objects.select_related("proposal__target")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Unclear(
            f"“{wanted[:40]}” is no number of a thread; comments and an id of a proposal gives"
            " them, such as 12."
        )
    thread = rows.filter(pk=int(number)).first()
    if thread is None:
        raise Unclear(
            f"There is no thread {number}; comments and an id of a proposal gives those there are."
        )
    return thread


def _told(said: Comment, words: str, place: Place | None) -> str:
    thread = said.thread
    where = f", about {thread.path}:{_number(thread)}" if thread.path else ", about the whole"
    quoted = f" “{place.text.strip()[:LONGEST_LINE]}”" if place else ""
    left_out = LEFT_OUT if saying.leaves_out(words) else ""
    return f"said in thread {thread.pk}{where}{quoted}.{left_out}"


def _number(thread: Thread) -> str:
    return f"-{thread.line}" if thread.side == OLD else str(thread.line)


def _thread(talk: Talk) -> str:
    thread = talk.thread
    state = f"resolved by {talk.resolved_by}" if talk.is_resolved else "open"
    if not thread.path:
        head = f"#{thread.pk} on the whole"
    elif talk.place is not None:
        head = f"#{thread.pk} {thread.path}:{_number(thread)} ({state})"
    else:
        head = f"#{thread.pk} {thread.path}, an earlier version ({state})"
    quoted = [f"  > {thread.quoted.strip()[:LONGEST_LINE]}"] if thread.quoted.strip() else []
    return "\n".join([head, *quoted, *(_line(said) for said in talk.said)])


def _line(said: Said) -> str:
    where = f" at {said.comment.origin}" if said.comment.origin else ""
    words = (said.words or said.instead).replace("\n", "\n    ")
    return f"  {said.who}{where}: {words}"
