"""What is a person told of proposals in a chat, and how much of one were they shown?"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User

from proposals.models import Proposal, Status
from proposals.pages import showing
from proposals.revising import asked
from selfimprove.chat.commands import ACCEPT, ACKNOWLEDGE, Unclear
from selfimprove.chat.finding import short
from selfimprove.chat.records import ChatAccount, ChatReading
from selfimprove.mcp.answers import visible
from telemetry.sanitizer import sanitize

MOST_ROWS = 10
LONGEST_TITLE = 100
FOR_THE_FRAME = 700  # characters beside the words: what stands above and below them


def listed(state: str) -> str:
    """List the newest proposals in a state: those that await review unless another is named."""
    status = _status(state)
    rows = Proposal.objects.filter(status=status).select_related("target", "report")
    found = asked.listed(rows.defer("document", "diff").order_by("-created_at", "pk"))
    page = list(found[: MOST_ROWS + 1])
    label = str(status.label).lower()
    if not page:
        return f"No proposal is “{label}”."
    lines = [_row(proposal) for proposal in page[:MOST_ROWS]]
    if len(page) > MOST_ROWS:
        lines.append(f"These are the newest {MOST_ROWS} of {rows.count()}; /proposals/ has all.")
    return "\n".join(lines)


def shown(proposal: Proposal, account: ChatAccount, wanted: str, now: datetime) -> str:
    """Show a proposal, or one part of a long one, and keep that it was shown."""
    cut = parts(proposal.document)
    number = part(wanted, len(cut))
    reading = _kept(proposal, account, number, len(cut), now)
    frame = [_row(proposal), *_standing(proposal, account.person, now)]
    counted = f"Part {number} of {len(cut)}:" if len(cut) > 1 else ""
    below = [_below(proposal, reading)]
    return "\n".join([*frame, counted, cut[number - 1], *below]).strip()


def read_by(proposal: Proposal, account: ChatAccount, now: datetime) -> ChatReading | None:
    """Return the reading that a decision may rest on: whole, and not too long ago."""
    since = now - timedelta(minutes=settings.SELFIMPROVE.chat.read_minutes)
    reading = ChatReading.objects.filter(account=account, proposal=proposal, at__gte=since).first()
    return reading if reading and reading.part == reading.parts else None


def parts(document: str) -> list[str]:
    """Cut words into parts that fit into one answer each."""
    text = clean(document).strip()
    room = settings.SELFIMPROVE.chat.longest_answer - FOR_THE_FRAME - LONGEST_TITLE
    room = max(room, settings.SELFIMPROVE.chat.longest_answer // 4)
    return [text[start : start + room] for start in range(0, len(text), room)] or [""]


def part(wanted: str, of: int) -> int:
    """Return which part is wanted; raise Unclear when there is none such."""
    if not wanted:
        return 1
    if not (wanted.isascii() and wanted.isdigit()) or not 1 <= int(wanted[:6]) <= of:
        raise Unclear(f"“{wanted[:40]}” is no part of it; there are 1 to {of}.")
    return int(wanted[:6])


def clean(text: str) -> str:
    """Make a text fit for a chat: no secret, nothing invisible."""
    return visible(sanitize(text.replace("\x00", "\N{REPLACEMENT CHARACTER}"))[0])


def _status(state: str) -> Status:
    words = state.strip().lower().replace("_", " ").replace("-", " ")
    if not words:
        return Status.PENDING
    for status in Status:
        if words in (status.value.lower().replace("_", " "), str(status.label).lower()):
            return status
    known = ", ".join(status.value.lower() for status in Status)
    raise Unclear(f"“{state[:40]}” is no state; there are {known}.")


def _row(proposal: Proposal) -> str:
    report = proposal.report
    check = report.get_outcome_display().lower() if report else "not checked yet"
    title = clean(proposal.title)[:LONGEST_TITLE]
    wanted = ", changes requested" if asked.standing_on(proposal) else ""
    return (
        f"{short(proposal)}  {title} ({proposal.target.slug},"
        f" {proposal.get_status_display().lower()}{wanted}, risk {proposal.risk}; check: {check})"
    )


def _standing(proposal: Proposal, reader: User, now: datetime) -> list[str]:
    """Say what stands in the way of an approval, and what it must say yes to."""
    if proposal.status != Status.PENDING:
        return []
    seen = showing.standing(proposal, reader, now)
    lines = [seen["obstacle"].text] if seen["obstacle"] else []
    if seen["must_acknowledge"]:
        what = seen["doubt"] or "The check has findings."
        lines.append(f"{what} An approval has to say --{ACKNOWLEDGE}.")
    if weaker := len(seen["weaker_tests"]):
        lines.append(f"Tests become laxer in {weaker} place(s); say --{ACCEPT} to accept that.")
    if seen["needs_two"]:
        names = ", ".join(one.reviewer.get_username() for one in seen["approvals"]) or "nobody"
        lines.append(f"Two people have to approve it; so far {names} did.")
    return [clean(line)[:400] for line in lines]


def _kept(
    proposal: Proposal, account: ChatAccount, number: int, parts: int, now: datetime
) -> ChatReading:
    """Keep how far these very words were read without a gap."""
    mine = ChatReading.objects.filter(account=account, proposal=proposal)
    before = mine.filter(digest=proposal.document_digest, parts=parts).first()
    reached = before.part if before else 0
    part = max(reached, number) if number <= reached + 1 else reached
    fresh = {"digest": proposal.document_digest, "part": part, "parts": parts, "at": now}
    row, _ = ChatReading.objects.update_or_create(
        account=account, proposal=proposal, defaults=fresh
    )
    return row


def _below(proposal: Proposal, reading: ChatReading) -> str:
    signs, page = short(proposal), proposal.get_absolute_url()
    if reading.part < reading.parts:
        return f"\nGoes on: show {signs} {reading.part + 1}. All of it: {page}"
    if proposal.status != Status.PENDING:
        return f"\nAll about it: {page}"
    acts = f"approve {signs}, reject {signs} and why, or changes {signs} and what"
    return f"\nTo decide: {acts}. All about it: {page}"
