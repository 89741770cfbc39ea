"""What needs a person now, and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q
from django.urls import reverse

from audit.anchors import standing
from delivery.models import Delivery
from delivery.models import Outcome as Ending
from evaluation.ideas.records import Idea, Stand
from generations.models import Generation, Reason
from generations.models import Outcome as Came
from notifications.showing import troubled
from personas import showing
from proposals.models import Proposal, Status
from proposals.revising import asked
from proposals.waiting.room import crowded
from proposals.waiting.showing import age_of, by_age
from selfimprove.console import unread
from selfimprove.console.state import loop_state
from selfimprove.models import Run
from targets.models import State, Target
from telemetry.collecting import states
from telemetry.models import Pattern, Source
from telemetry.patterns.vocabulary import State as PatternState
from validation.models import Outcome as Checked

FIRST, YOUR_TURN, TROUBLE, REFUSED, TO_KNOW, LIVE = range(6)
MOST = 20  # rows of one kind; the rest is one click away
LATELY = timedelta(days=7)
UNTAKEN = timedelta(minutes=2)  # after which a free worker would have come

CHECKED = {
    Checked.PASSED: ("accent", "Awaiting review", "Every check passed"),
    Checked.ACKNOWLEDGE: ("warn", "Awaiting review", "A check asks to be acknowledged"),
    Checked.REFUSED: ("bad", "Refused by a check", "It cannot be approved as it stands"),
    Checked.COULD_NOT_RUN: ("warn", "Check could not run", "It cannot be approved until it did"),
    Checked.NOT_RUN: ("warn", "Not checked", "It cannot be approved until it was"),
}


@dataclass(frozen=True)
class Attention:
    """Point at one thing that needs a person, with the reason."""

    title: str
    why: str
    badge: str
    tone: str
    url: str = ""
    at: datetime | None = None
    rank: int = TROUBLE

    @property
    def live(self) -> bool:
        """Tell whether it will settle by itself."""
        return self.rank == LIVE


def attention(now: datetime, may: Callable[[str], bool]) -> list[Attention]:
    """List what needs a person: the loop's own trouble, then decisions, then what to know."""
    rows = [*_loop(now), *_runs()]
    for permission, found in _ROOMS:
        if may(permission):
            rows += found(now)
    return sorted(rows, key=lambda row: row.rank)


def _loop(now: datetime) -> Iterator[Attention]:
    state = loop_state(now)
    if not state.is_well:
        yield Attention(
            state.words, state.why, "Loop", state.tone, reverse("settings"), rank=FIRST
        )


def _runs() -> Iterator[Attention]:
    failed = Run.objects.filter(failed_at__isnull=False, failed_at=F("ended_at"))
    for run in failed[:MOST]:
        yield Attention(
            f"{run.name} failed and will be tried again",
            run.detail,
            "Error on our side",
            "bad",
            reverse("settings") + "#schedule",
            run.failed_at,
            FIRST,
        )


def _published(now: datetime) -> Iterator[Attention]:
    for place in standing.standings(now):
        if place.complains:
            yield Attention(
                f"The log at the {place.title}",
                place.words,
                place.badge,
                place.tone,
                reverse("audit:log") + "#published",
                place.at,
                FIRST if place.conflicts else TROUBLE,
            )


def _targets(_now: datetime) -> Iterator[Attention]:
    troubled = Target.objects.exclude(state__in=[State.READY, State.NEW])
    for target in troubled[:MOST]:
        words = target.state_detail or "Nothing is proposed or delivered for it meanwhile."
        label = target.get_state_display()
        yield Attention(target.name, words, label, "bad", target.get_absolute_url())


def _sources(now: datetime) -> Iterator[Attention]:
    lately = Q(last_refused_at__gte=now - states.LATELY)
    troubled = Source.objects.filter(~Q(last_error="") | lately, enabled=True)
    for source in troubled.select_related("target")[:MOST]:
        what = "cannot be read" if source.last_error else "has lines that are refused"
        yield Attention(
            f"{source.target.name}: {source.location} {what}",
            source.last_error or source.last_refusal,
            "Source",
            "warn",
            source.target.get_absolute_url(),
            source.last_read_at,
        )


def _budgets(now: datetime) -> Iterator[Attention]:
    """Name each budget of the present day and month of which a share was told."""
    for alert, tone in showing.alerted(now)[:MOST]:
        reached = alert.percent >= 100
        told = "No further call that does not fit is made until it begins anew."
        yield Attention(
            f"The budget “{alert.budget}” is {'reached' if reached else 'partly used'}",
            told if reached else f"{alert.percent} % of it is used in {alert.period}.",
            f"{alert.percent} %",
            tone,
            reverse("personas:spending"),
            alert.at,
            TROUBLE if reached else TO_KNOW,
        )


def _channels(_now: datetime) -> Iterator[Attention]:
    """Name the channels that hear nothing, though something is said to them."""
    for channel, given_up in troubled()[:MOST]:
        lost = "What was said to it was given up. " if given_up else ""
        yield Attention(
            f"Nobody is told at “{channel.name}”",
            f"{lost}{channel.last_failure}",
            "Given up" if given_up else "Failing",
            "bad" if given_up else "warn",
            reverse("notifications:page"),
            channel.failing_since,
        )


def _patterns(now: datetime) -> Iterator[Attention]:
    """Name what came back after its remedy, or after it had been set aside for a while."""
    back = Q(state=PatternState.RECURRED) | Q(decision="", returned_at__gte=now - LATELY)
    found = Pattern.objects.filter(back, merged_into=None).exclude(state=PatternState.QUIET)
    for pattern in found.select_related("target").order_by("-last_seen", "pk")[:MOST]:
        recurred = pattern.state == PatternState.RECURRED
        told = "It fails again although its remedy was declared effective."
        yield Attention(
            f"{pattern.target.name}: {pattern.subject}, {pattern.template[:80]}",
            told if recurred else f"It is {pattern.returned_why}.",
            "Recurred" if recurred else "Back",
            "bad" if recurred else "warn",
            pattern.get_absolute_url(),
            pattern.recurred_at if recurred else pattern.returned_at,
            TROUBLE if recurred else TO_KNOW,
        )


def _deliveries(now: datetime) -> Iterator[Attention]:
    since = now - LATELY
    stuck = Q(outcome="", errors_in_row__gt=0)
    failed = Q(outcome__in=[Ending.FAILED, Ending.TIMED_OUT], ended_at__gte=since)
    taken_back = Q(outcome=Ending.REVERTED, ended_at__gte=now - timedelta(days=1))
    unclear = Q(watch__verdict__iexact="inconclusive", ended_at__gte=since)
    found = Delivery.objects.filter(stuck | failed | taken_back | unclear)
    for delivery in found.select_related("proposal", "watch")[:MOST]:
        yield _delivery(delivery)


def _delivery(delivery: Delivery) -> Attention:
    title, url = delivery.proposal.title, delivery.get_absolute_url()
    if not delivery.outcome:
        times = delivery.errors_in_row
        why = f"Stage {delivery.stage} failed {times} times and is tried again: {delivery.detail}"
        return Attention(title, why, "Error on our side", "bad", url, delivery.started_at)
    watch = getattr(delivery, "watch", None)
    if delivery.outcome == Ending.SUCCEEDED and watch:
        return Attention(
            title, watch.reason, "Inconclusive", "warn", url, delivery.ended_at, TO_KNOW
        )
    ending = Ending(delivery.outcome)
    why = delivery.revert_reason or delivery.detail
    rank = TO_KNOW if ending == Ending.REVERTED else TROUBLE
    return Attention(title, why, str(ending.label), ending.tone, url, delivery.ended_at, rank)


def _generations(now: datetime) -> Iterator[Attention]:
    """Name those that we failed, unless a later one of the target ended, and those that wait."""
    last = Generation.objects.exclude(outcome="").values("target").annotate(last=Max("pk"))
    failed = Q(outcome=Came.FAILED, reason_kind=Reason.OURS, ended_at__gte=now - LATELY)
    again = Q(outcome="", errors_in_row__gt=0)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    waits = free & Q(outcome="", next_step_at__lte=now - UNTAKEN)
    settled = failed & Q(pk__in=last.values("last"))
    found = Generation.objects.filter(settled | again | waits).select_related("target")
    for one in found.defer("diff", "review", "plan", "brief")[:MOST]:
        name, url = f"{one.target.name}: generation {one.number}", one.get_absolute_url()
        if one.outcome:
            title = f"{name} failed three times"
            yield Attention(title, one.reason, "Error on our side", "bad", url, one.ended_at)
        elif one.errors_in_row:
            why = (
                f"Its phase {one.phase} met {one.errors_in_row} errors in a row, of three at most."
            )
            yield Attention(f"{name} is tried again", why, "Error on our side", "bad", url)
        else:
            why = "No worker has taken it for minutes: is one running?"
            yield Attention(f"{name} waits for a worker", why, "Waits", "warn", url)


def _proposals(now: datetime) -> Iterator[Attention]:
    pending = Proposal.objects.filter(status=Status.PENDING)
    for waiting in (asked.awaiting(), pending.filter(asked.is_asked())):
        rows = waiting.select_related("target", "report").defer("document", "diff")
        yield from (_proposal(proposal, now) for proposal in by_age(rows)[:MOST])
    for target, room in crowded():
        why = "No further change is written for it before some are decided, unless it is critical."
        url = f"{reverse('proposals:list')}?target={target.slug}&order=oldest"
        title = f"{target.name}: {room.words}"
        yield Attention(title, why, "Review is full", "warn", url, rank=TO_KNOW)


def _unread(now: datetime) -> Iterator[Attention]:
    """Name what is about to be approved that nobody has read, and who has to answer for it."""
    for one in unread.notices(now):
        rank = YOUR_TURN if one.asks else TROUBLE if one.troubles else TO_KNOW
        yield Attention(one.title, one.why, one.badge, one.tone, one.url, one.at, rank)


def _ideas(_now: datetime) -> Iterator[Attention]:
    """Name the targets with ideas that wait: an idea changes nothing, so one row is enough."""
    waiting = Idea.objects.filter(status=Stand.OPEN).values("target__name", "target__slug")
    for row in waiting.annotate(count=Count("pk"), at=Max("created_at")).order_by("-at")[:MOST]:
        noun = "idea waits" if row["count"] == 1 else "ideas wait"
        yield Attention(
            f"{row['count']} {noun} for {row['target__name']}",
            "From a maintenance pass or a weekly scan: take each up, or turn it down.",
            "Ideas",
            "accent",
            f"{reverse('evaluation:ideas')}?target={row['target__slug']}",
            row["at"],
            TO_KNOW,
        )


def _proposal(proposal: Proposal, now: datetime) -> Attention:
    facts = f"{proposal.target.name} · {proposal.get_risk_display().lower()} risk"
    facts = f"{facts} · {proposal.get_engine_display()}"
    url, at, age = proposal.get_absolute_url(), proposal.updated_at, age_of(proposal, now)
    if age and age.tone == "warn":
        facts = f"{facts} · {age.words}"
    if (wanted := asked.standing_on(proposal)) is not None:
        why = f"{asked.said(wanted)} It waits for a revision. {facts}"
        return Attention(proposal.title, why, "Changes requested", "warn", url, at, TO_KNOW)
    if proposal.report is None:
        why = f"The checks come first; nothing to do yet. {facts}"
        return Attention(proposal.title, why, "Being checked", "quiet", url, at, LIVE)
    tone, badge, why = CHECKED[Checked(proposal.report.outcome)]
    rank = YOUR_TURN if badge == "Awaiting review" else REFUSED
    if age and age.escalated:
        tone, badge = age.tone, age.words.capitalize()
    return Attention(proposal.title, f"{why}. {facts}", badge, tone, url, at, rank)


_ROOMS: tuple[tuple[str, Callable[[datetime], Iterator[Attention]]], ...] = (
    ("audit.view_entry", _published),
    ("targets.view_target", _targets),
    ("targets.view_target", _sources),
    ("telemetry.view_pattern", _patterns),
    ("personas.view_line", _budgets),
    ("notifications.view_channel", _channels),
    ("delivery.view_delivery", _deliveries),
    ("generations.view_generation", _generations),
    ("proposals.view_standingapproval", _unread),
    ("proposals.view_proposal", _proposals),
    ("evaluation.view_evaluation", _ideas),
)
