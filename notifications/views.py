"""How does the page of notifications answer, and how do its acts come in?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications import channels, showing
from notifications.channels import PERMISSION, BadChannel
from notifications.forms import ChannelForm, RenewForm, targets
from notifications.models import Channel, Place
from ports.signed import drawn

VIEW = "notifications.view_channel"
MOST = 30
CONFLICT, UNUSABLE = 409, 422


@dataclass(frozen=True)
class Issued:
    """Hold a secret that was drawn just now; it is shown this once."""

    channel: Channel
    secret: str
    is_new: bool = True  # else the channel signed with another one before
    until: datetime | None = None  # that one signs as well


@require_safe
@permission_required(VIEW, raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Show the channels, what was sent, and what is told of at all."""
    return _page(request)


@require_POST
@never_cache
@permission_required(PERMISSION, raise_exception=True)
def add(request: HttpRequest) -> HttpResponse:
    """Add a channel."""
    form = ChannelForm(request.POST, targets=targets())
    if not form.is_valid():
        return _page(request, form=form, status=UNUSABLE)
    secret = drawn()
    try:
        made = channels.add(form.wish(), person=_person(request), at=timezone.now(), secret=secret)
    except BadChannel as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form=form, status=UNUSABLE)
    if made.place == Place.WEBHOOK:
        return _page(request, issued=Issued(made, secret))
    messages.success(request, f"“{made.name}” hears of what happens from now on. Send a test.")
    return redirect("notifications:page")


@require_POST
@never_cache
@permission_required(PERMISSION, raise_exception=True)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a channel hears, or where it is."""
    channel, secret = _found(pk), drawn()
    form = ChannelForm(request.POST, channel=channel, targets=targets())
    if not form.is_valid():
        return _page(request, changed=(pk, form), status=UNUSABLE)
    was, person = channel.place, _person(request)
    try:
        channels.change(channel, form.wish(), person=person, at=timezone.now(), secret=secret)
    except BadChannel as refusal:
        form.add_error(None, str(refusal))
        return _page(request, changed=(pk, form), status=UNUSABLE)
    if channel.place == Place.WEBHOOK != was:
        return _page(request, issued=Issued(channel, secret))
    messages.success(request, f"“{channel.name}” was changed.")
    return redirect("notifications:page")


@require_POST
@never_cache
@permission_required(PERMISSION, raise_exception=True)
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a webhook a new secret, and show it this once."""
    channel, form = _found(pk), RenewForm(request.POST)
    if not form.is_valid():
        return _page(request, refusal="Choose how long the old secret signs.", status=UNUSABLE)
    person, overlap = _person(request), form.period()
    try:
        made = channels.renew(channel, overlap=overlap, person=person, at=timezone.now())
    except BadChannel as refusal:
        return _page(request, refusal=str(refusal), status=CONFLICT)
    return _page(request, issued=Issued(channel, made.secret, is_new=False, until=made.until))


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a channel off, or on again."""
    channel, on = _found(pk), request.POST.get("on") == "1"

    def act() -> None:
        channels.switch(channel, on=on, person=_person(request), at=timezone.now())

    return _done(request, act, f"“{channel.name}” is {'on' if on else 'off'}.")


@require_POST
@permission_required(VIEW, raise_exception=True)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a channel up; one's own needs no other permission."""
    channel = _found(pk)

    def act() -> None:
        channels.remove(channel, person=_person(request), at=timezone.now())

    return _done(request, act, f"“{channel.name}” was removed. It hears of nothing more.")


@require_POST
@permission_required(VIEW, raise_exception=True)
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test now, and say what came of it."""
    channel = _found(pk)
    try:
        why = channels.try_out(channel, person=_person(request), at=timezone.now())
    except BadChannel as refusal:
        return _page(request, refusal=str(refusal), status=CONFLICT)
    if why:
        messages.error(request, f"The test did not reach “{channel.name}”: {why}.")
    else:
        messages.success(request, f"“{channel.name}” took the test.")
    return redirect("notifications:page")


@require_POST
@permission_required(VIEW, raise_exception=True)
def mine(request: HttpRequest) -> HttpResponse:
    """Have oneself told by e-mail what waits."""

    def act() -> None:
        channels.tell_person(_person(request), at=timezone.now())

    return _done(request, act, "You are told by e-mail what waits for you.")


def _done(request: HttpRequest, act: Callable[[], None], said: str) -> HttpResponse:
    """Do it; a refusal is shown on the page and changes nothing."""
    try:
        act()
    except BadChannel as refusal:
        return _page(request, refusal=str(refusal), status=CONFLICT)
    messages.success(request, said)
    return redirect("notifications:page")


def _page(
    request: HttpRequest,
    *,
    form: ChannelForm | None = None,
    changed: tuple[int, ChannelForm] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    reader = _person(request)
    may_set, offered = reader.has_perm(PERMISSION), targets()
    rows = [
        (
            channel,
            _form_of(channel, changed, offered) if may_set and not channel.person_id else None,
        )
        for channel in showing.channels()
        if may_set or channel.person_id in (None, reader.pk)
    ]
    context = {
        "nav": "notifications",
        "rows": rows,
        "open": changed[0] if changed else None,
        "form": form or ChannelForm(targets=offered),
        "may_set": may_set,
        "own": Channel.objects.filter(person=reader).first(),
        "sent": showing.messages(MOST),
        "kinds": showing.kinds(),
        "renew": RenewForm(auto_id=False),
        "given": settings.SELFIMPROVE.notifications,
        **more,
    }
    return render(request, "notifications/page.html", context, status=status)


def _form_of(
    channel: Channel, changed: tuple[int, ChannelForm] | None, offered: list[tuple[str, str]]
) -> ChannelForm:
    if changed and changed[0] == channel.pk:
        return changed[1]
    return ChannelForm(channel=channel, targets=offered)


def _found(pk: int) -> Channel:
    return get_object_or_404(Channel.objects.select_related("person"), pk=pk, removed_at=None)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)  # every view asks for a permission first
