"""How does each message leave, at least once, without one place holding up another?"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from notifications import recording
from notifications.composing import compose, settle
from notifications.keeping.sealing import CannotRead
from notifications.letters import letter
from notifications.looking import look
from notifications.models import Heard, Message, MessageState, Occurrence
from notifications.opening import notifier_of
from ports.notifier import Letter, Notifier, NotSent

MOST = 32  # messages of one round
AT_ONCE = 8
HELD = timedelta(minutes=3)  # longer than any adapter takes


@dataclass(frozen=True)
class Round:
    """Say what came of one look."""

    sent: int
    failed: int
    given_up: int

    @property
    def words(self) -> str:
        """Return it in words."""
        if not (self.sent or self.failed or self.given_up):
            return "nothing to tell"
        return f"{self.sent} sent, {self.failed} failed, {self.given_up} given up"


def send(clock: Callable[[], datetime]) -> Round:
    """Send what is due now, and write down what came of each as soon as it is known."""
    now = clock()
    look(now)
    _take_back(now)
    compose(now)
    taken = [message for message in _waiting(now) if _take(message, now)]
    states = list(_carried(taken, clock))
    return Round(
        states.count(MessageState.SENT),
        states.count(MessageState.WAITING),
        states.count(MessageState.GIVEN_UP),
    )


def _take_back(now: datetime) -> None:
    """Free what a worker was sending that never came back; it may have been taken all the same."""
    lost = Message.objects.filter(state=MessageState.SENDING, held_until__lte=now)
    lost.update(state=MessageState.WAITING, next_at=now, held_until=None, maybe_twice=True)


def _waiting(now: datetime) -> Iterator[Message]:
    rows = Message.objects.filter(
        state=MessageState.WAITING, next_at__lte=now, channel__enabled=True
    )
    for message in rows.select_related("channel", "channel__person").order_by("next_at")[:MOST]:
        if settle(message):
            yield message
        else:
            recording.dropped(message, now, "what it was about was settled")


def _take(message: Message, now: datetime) -> bool:
    """Note that it is being sent before it is; whoever is second gets nothing."""
    taken = Message.objects.filter(
        pk=message.pk, state=MessageState.WAITING, attempts=message.attempts
    ).update(state=MessageState.SENDING, held_until=now + HELD, attempts=F("attempts") + 1)
    message.attempts += taken
    return taken == 1


def _carried(taken: list[Message], clock: Callable[[], datetime]) -> Iterator[str]:
    """Send side by side: only the network is asked there, and the database here."""
    troubles: list[BaseException] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify") as threads:
        asked: dict[Future[None], Message] = {}
        for message in taken:
            try:
                asked[threads.submit(_sent, *_prepared(message, clock()))] = message
            except (CannotRead, ValueError) as error:
                yield recording.failed(message, NotSent(str(error)), clock())
        for done in as_completed(asked):
            trouble = done.exception()
            if trouble is None:
                yield recording.sent(asked[done], clock())
            elif isinstance(trouble, NotSent):
                yield recording.failed(asked[done], trouble, clock())
            else:
                troubles.append(trouble)
    if troubles:  # a mistake of ours: the tick fails, and what it held is tried again
        raise troubles[0]


def _prepared(message: Message, now: datetime) -> tuple[Notifier, Letter]:
    told = Occurrence.objects.filter(
        tellings__message=message, tellings__state=Heard.WAITING
    ).order_by("pk")
    return notifier_of(message.channel, now), letter(message, list(told))


def _sent(notifier: Notifier, written: Letter) -> None:
    notifier.send(written)
