"""How does what a person says about a change come in from a page?"""

import uuid
from collections.abc import Callable
from typing import cast

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from proposals.models import Comment, Proposal, Thread
from proposals.threads import saying
from proposals.threads.places import Lines, Place
from proposals.threads.saying import CannotSay, Speaker

ROWS = Proposal.objects.select_related("target")
UNUSABLE = 422
ANOTHER = "The change is another one since the page was drawn: read it again, and say it there."


@require_POST
@permission_required(saying.PERMISSION, raise_exception=True)
def say(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say something about a line, or about the whole."""
    proposal = get_object_or_404(ROWS, pk=pk)

    def act() -> str:
        said = saying.say(
            proposal,
            request.POST.get("words", ""),
            by=_speaker(request),
            at=timezone.now(),
            place=_place(request, proposal),
            uid=_uid(request.POST.get("uid", "")),
        )
        return f"said-{said.uid}"

    return _answer(request, proposal, act)


@require_POST
@permission_required(saying.PERMISSION, raise_exception=True)
def reply(request: HttpRequest, pk: uuid.UUID, thread: int) -> HttpResponse:
    """Answer in a thread."""
    found = _thread(pk, thread)

    def act() -> str:
        words, at = request.POST.get("words", ""), timezone.now()
        return f"said-{saying.reply(found, words, by=_speaker(request), at=at).uid}"

    return _answer(request, found.proposal, act)


@require_POST
@permission_required(saying.PERMISSION, raise_exception=True)
def settle(request: HttpRequest, pk: uuid.UUID, thread: int) -> HttpResponse:
    """Resolve a thread, or open it again."""
    found = _thread(pk, thread)
    resolved = request.POST.get("resolved") == "yes"

    def act() -> str:
        saying.settle(found, resolved=resolved, by=_speaker(request), at=timezone.now())
        return f"thread-{found.pk}"

    return _answer(request, found.proposal, act)


@require_POST
@permission_required(saying.PERMISSION, raise_exception=True)
def change(request: HttpRequest, pk: uuid.UUID, comment: uuid.UUID) -> HttpResponse:
    """Change what one said oneself, or take it back."""
    rows = Comment.objects.select_related("thread__proposal__target")
    found = get_object_or_404(rows, uid=comment, thread__proposal=pk)

    def act() -> str:
        by, at = _speaker(request), timezone.now()
        if request.POST.get("act") == "remove":
            saying.remove(found, by=by, at=at)
        else:
            saying.edit(found, request.POST.get("words", ""), by=by, at=at)
        return f"said-{found.uid}"

    return _answer(request, found.thread.proposal, act)


def _answer(request: HttpRequest, proposal: Proposal, act: Callable[[], str]) -> HttpResponse:
    """Do it and lead back to it; a refusal keeps the words, so that nothing written is lost."""
    back = _back(request, proposal)
    try:
        return redirect(f"{back}#{act()}")
    except CannotSay as refusal:
        context = {"nav": "proposals", "proposal": proposal, "back": back}
        context |= {"refusal": str(refusal), "words": request.POST.get("words", "")}
        return render(request, "proposals/not_said.html", context, status=UNUSABLE)


def _back(request: HttpRequest, proposal: Proposal) -> str:
    wanted = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours and wanted.startswith("/") else proposal.get_absolute_url()


def _place(request: HttpRequest, proposal: Proposal) -> Place | None:
    anchor = request.POST.get("about", "")
    if not anchor:
        return None
    if request.POST.get("diff", "") != proposal.diff_digest:
        raise CannotSay(ANOTHER)
    place = Lines(proposal.diff).drawn(anchor)
    if place is None:
        raise CannotSay("The change has no such line.")
    return place


def _thread(pk: uuid.UUID, thread: int) -> Thread:
    rows = Thread.objects.select_related("proposal__target")
    return get_object_or_404(rows, pk=thread, proposal=pk)


def _speaker(request: HttpRequest) -> Speaker:
    user = cast(User, request.user)  # the permission asks for a sign-in first
    if not user.has_perm("proposals.view_proposal"):
        raise PermissionDenied
    return Speaker.person(user)


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
