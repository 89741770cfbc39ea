"""How does a person stop a check that is at work, or ask for another?"""

import uuid
from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from proposals.models import Proposal
from proposals.running import keeping
from proposals.running.keeping import PERMISSION, NothingToAsk, NothingToStop

ROWS = Proposal.objects.select_related("target")


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop the check that is at work."""
    return _answer(request, pk, keeping.stop, "The check ends within a second.")


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for another check."""
    return _answer(request, pk, keeping.ask_again, "Another check begins within seconds.")


def _answer(
    request: HttpRequest, pk: uuid.UUID, act: Callable[..., None], said: str
) -> HttpResponse:
    proposal = get_object_or_404(ROWS, pk=pk)
    try:
        act(proposal, person=cast(User, request.user), at=timezone.now())
    except (NothingToStop, NothingToAsk) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(f"{reverse('proposals:detail', args=[pk])}#checks")
