"""How does what people say here come to stand on the forge, and change and go as it does here?"""

from datetime import datetime

from delivery.mirroring.hearing import MARK, ORIGIN, note
from delivery.models import Delivery, Echo, Strand
from ports.forge import Denied, PermanentError
from ports.forge.github.refusals import NotThere
from ports.forge.github.talking import written
from ports.forge.talk import Conversation, Spot
from proposals.models import Comment, Thread
from proposals.threads import reading
from proposals.threads.places import Lines, across
from proposals.threads.reading import Present


def tell(delivery: Delivery, conversation: Conversation, there: Lines, at: datetime) -> int:
    """Write there what is new, changed or taken back here; return how much it was."""
    rows = Comment.objects.filter(thread__proposal=delivery.proposal_id).exclude(origin=ORIGIN)
    rows = rows.select_related("thread", "echo").order_by("id")
    now = reading.present(list(rows))
    return sum(_tell(delivery, one, now[one.pk], conversation, there, at) for one in rows)


def _tell(
    delivery: Delivery,
    comment: Comment,
    said: Present,
    conversation: Conversation,
    there: Lines,
    at: datetime,
) -> bool:
    words = said.words
    echo: Echo | None = getattr(comment, "echo", None)
    if echo is None and words:
        return _speak(delivery, comment, said, conversation, there)
    if echo is None:  # erased before it was told: it never will be
        note(delivery, comment, f"untold:{comment.pk}", "", gone_at=at)
        return False
    if echo.gone_at is not None:
        return False
    if not words:  # taken back, or erased from the log: then it may not stay elsewhere either
        conversation.withdraw(echo.name)
        echo.gone_at = at
        echo.save(update_fields=["gone_at"])
        return True
    if echo.words_uid == comment.words_uid:
        return False
    is_apart = bool(comment.thread.path) and not echo.name.startswith("line:")
    conversation.change(echo.name, _text(comment, said, with_place=is_apart))
    echo.words_uid = comment.words_uid
    echo.save(update_fields=["words_uid"])
    return True


def _speak(
    delivery: Delivery, comment: Comment, said: Present, conversation: Conversation, there: Lines
) -> bool:
    """Say it on the line; where the forge has no such line or thread, on the whole."""
    assert delivery.pull_request is not None  # noqa: S101 — who asks has looked
    strand = Strand.objects.filter(thread=comment.thread).first()
    spot = _spot(delivery, comment.thread, there)
    name = ""
    if strand is not None or spot is not None:
        try:
            name = conversation.speak(
                delivery.pull_request,
                _text(comment, said),
                commit=delivery.branch_commit,
                spot=spot,
                root=strand.root if strand else "",
            )
        except PermanentError as refusal:
            if isinstance(refusal, Denied) and not isinstance(refusal, NotThere):
                raise
    if not name:
        apart = _text(comment, said, with_place=bool(comment.thread.path))
        name = conversation.speak(delivery.pull_request, apart)
    note(delivery, comment, name, strand.root if strand else name)
    return True


def _spot(delivery: Delivery, thread: Thread, there: Lines) -> Spot | None:
    if not thread.path or thread.diff_digest != delivery.proposal.diff_digest:
        return None
    here = Lines(delivery.proposal.diff).at(thread.path, thread.side, thread.line)
    found = across(thread.path, thread.side, thread.line, here.text, there) if here else None
    return Spot(found.path, found.side, found.line) if found else None


def _text(comment: Comment, said: Present, *, with_place: bool = False) -> str:
    """Write who said it, without calling anybody, and where if the place does not show it."""
    thread = comment.thread
    where = f", about `{thread.path}`, line {thread.line}" if with_place else ""
    head = f"**{said.who}** said of the proposal{where}:"
    return written(f"{head}\n\n{said.words}", f"{MARK}{comment.uid}")
