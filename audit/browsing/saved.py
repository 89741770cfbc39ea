"""Which questions do people keep, for themselves or for all?"""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from audit.forms import FilterForm
from audit.models import SavedFilter

MOST = 100  # of one person
LONGEST = 2_000  # characters of a question


class NotSaved(Exception):
    """Nothing was kept or changed; the sentence says why."""


@dataclass(frozen=True)
class Given:
    """Say under which name a question is kept, and for whom."""

    name: str
    shared: bool


def visible_to(user: User) -> QuerySet[SavedFilter]:
    """Return a person's own questions and what others share."""
    return SavedFilter.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")


def save(user: User, query: str, given: Given) -> SavedFilter:
    """Keep a question; what is no filter is left out of it."""
    form = FilterForm(QueryDict(query[: LONGEST * 4]))
    kept = form.query()
    if not kept or len(kept) > LONGEST or not form.is_valid():
        raise NotSaved("There is no filter to save: choose one first.")
    if SavedFilter.objects.filter(owner=user).count() >= MOST:
        raise NotSaved(f"You have {MOST} saved filters: delete one first.")
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(
                owner=user, name=given.name, query=kept, shared=given.shared
            )
    except IntegrityError as error:
        raise NotSaved(f"You have a filter named “{given.name}” already.") from error


def change(saved: SavedFilter, given: Given) -> SavedFilter:
    """Give a question another name, or let others see it or not."""
    saved.name, saved.shared = given.name, given.shared
    try:
        with transaction.atomic():
            saved.save(update_fields=["name", "shared"])
    except IntegrityError as error:
        raise NotSaved(f"There is a filter named “{given.name}” already.") from error
    return saved


def may_change(user: User, saved: SavedFilter) -> bool:
    """Say whether this person may rename or delete it."""
    return saved.owner_id == user.pk or user.has_perm("audit.change_savedfilter")
