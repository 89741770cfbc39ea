"""What does the schedule ask of this room?"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from notifications.keeping import signing
from notifications.models import OPEN, Channel, Message, Occurrence
from notifications.sending import send


def tell() -> str:
    """Send what is due; say what came of it."""
    return send(timezone.now).words


def forget() -> str:
    """Remove what was told long ago, but nothing that still waits; return how much."""
    now = timezone.now()
    old = now - timedelta(days=settings.SELFIMPROVE.notifications.keep_days)
    waits = Q(tellings__state="WAITING") | Q(tellings__message__state__in=OPEN)
    found = Occurrence.objects.filter(at__lt=old).exclude(
        pk__in=Occurrence.objects.filter(waits).values("pk")
    )
    gone = found.count()
    found.delete()
    Message.objects.filter(ended_at__lt=old, tellings=None).delete()
    Channel.objects.filter(removed_at__lt=old, messages=None, tellings=None).delete()
    signing.forget(now)
    return f"{gone} removed"
