"""What keeps tables small that only serve for a while, and shows that the worker still works."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Failure, Success

from selfimprove.api import changes, repeats
from selfimprove.chat import arrivals
from validation.authorising.tally import prune as prune_rulings
from validation.keeping.answers import prune as prune_answers

KEEP = timedelta(days=7)


def prune() -> str:
    """Delete old results of the queue, which our own Run rows tell, and what else is over."""
    now = timezone.now()
    old = now - KEEP
    deleted = sum(kind.objects.filter(stopped__lt=old).delete()[0] for kind in (Success, Failure))
    ended = Session.objects.filter(expire_date__lt=now).delete()[0]
    answers = prune_answers(now)
    rulings = prune_rulings(now)
    asked = now - changes.kept_for()
    handed_in = changes.prune(asked) + repeats.prune(asked) + arrivals.prune(asked)
    return (
        f"deleted {deleted} queue results, {ended} ended sessions, {answers} answers of gates"
        f", {rulings} decisions of policies and {handed_in} requests of programs and chats"
    )


def canary() -> str:
    """Do nothing; finishing it is the heartbeat that the supervisor watches."""
    return ""
