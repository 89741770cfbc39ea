"""Who came in, who left, and who was turned away."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.log import Actor, record, stated


def join() -> None:
    """Listen to Django's three signals; they are its only door for this."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit-signed-in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit-signed-out")
    user_login_failed.connect(_failed, dispatch_uid="audit-sign-in-failed")


def _signed_in(user: AbstractBaseUser, **_: Any) -> None:
    _note(Event.USER_SIGNED_IN, Actor.person(user), user)


def _signed_out(user: AbstractBaseUser | None, **_: Any) -> None:
    if user is not None:
        _note(Event.USER_SIGNED_OUT, Actor.person(user), user)


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    # People type passwords into the name field: a name that nobody has is not kept anywhere.
    from django.contrib.auth import get_user_model

    name = str(credentials.get("username", ""))[:150]
    known = get_user_model().objects.filter(username=name).first()
    _note(Event.USER_SIGN_IN_FAILED, Actor.system("selfimprove"), known)


def _note(event: Event, actor: Actor, user: AbstractBaseUser | None) -> None:
    now = timezone.now()
    with transaction.atomic():
        name = stated(Actor.person(user), at=now).pseudonym if user else "unknown name"
        record(event, actor=actor, subject=f"user:{name}", at=now)
