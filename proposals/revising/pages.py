"""How does a person request changes on a page, take that back, and hand in a revision?"""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.log import Actor
from ports.git import GitFailed
from proposals import decision
from proposals.documents import MalformedDocument
from proposals.intake import DuplicateProposal
from proposals.models import Engine, Proposal
from proposals.pages.colours import visible_lines
from proposals.pages.deciding import ROWS, answer, reader
from proposals.pages.diffs import draw
from proposals.revising import asked, asking, chain, comparing, handing_in, showing
from proposals.revising.handing_in import CannotRevise
from proposals.threads import reading
from proposals.threads.places import Lines
from targets.repository import DiffDoesNotApply, OriginUnreachable, RefMissing

CONFLICT, UNUSABLE = 409, 422


@require_POST
@permission_required(decision.PERMISSION, raise_exception=True)
def request_changes(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Request changes of the words whose digest the page carried."""
    proposal = get_object_or_404(ROWS, pk=pk)

    def act() -> object:
        return asking.request(
            proposal,
            by=reader(request),
            reason=request.POST.get("wanted", ""),
            at=timezone.now(),
            document_digest=request.POST.get("document_digest", ""),
        )

    return answer(request, proposal, act, asking.ASKED)


@require_POST
@permission_required("proposals.view_proposal", raise_exception=True)
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back the request that the page showed; who asked may, and who may decide."""
    proposal = get_object_or_404(ROWS, pk=pk)
    number = request.POST.get("number", "")

    def act() -> object:
        return asking.withdraw(
            proposal,
            by=reader(request),
            at=timezone.now(),
            number=int(number) if number.isascii() and number.isdigit() else 0,
        )

    return answer(request, proposal, act, asking.WITHDRAWN)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(["proposals.view_proposal", showing.WRITE], raise_exception=True)
def revise(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the words to start from; a POST hands in what became of them."""
    proposal = get_object_or_404(ROWS, pk=pk)
    if request.method != "POST":
        return _form(request, proposal, handing_in.as_form(proposal))
    text = request.POST.get("document", "").replace("\r\n", "\n")  # as every browser sends lines
    try:
        made = _revised(request, proposal, text)
    except (MalformedDocument, DiffDoesNotApply) as refusal:
        return _form(request, proposal, text, str(refusal), UNUSABLE)
    except (CannotRevise, DuplicateProposal) as refusal:
        return _form(request, proposal, text, str(refusal), CONFLICT)
    except (RefMissing, OriginUnreachable, GitFailed) as error:
        words = f"The target cannot be read: {error} Nothing was taken in."
        return _form(request, proposal, text, words, CONFLICT)
    messages.success(request, f"Handed in as {made.revision}. It is checked within seconds.")
    return redirect(made)


@require_safe
@permission_required("proposals.view_proposal", raise_exception=True)
def since(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what changed since an earlier version: the one before, or the one that is named."""
    proposal = get_object_or_404(ROWS, pk=pk)
    earlier = chain.before(proposal)
    if not earlier:
        raise Http404("there is no earlier version")
    wanted = request.GET.get("version", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() else len(earlier)
    old = earlier[number - 1] if 1 <= number <= len(earlier) else earlier[-1]
    compared = comparing.compare(old, proposal)
    context = {
        "nav": "proposals",
        "proposal": proposal,
        "old": old,
        "numbers": range(1, len(earlier) + 1),
        "number": earlier.index(old) + 1,
        "own_number": len(earlier) + 1,
        "compared": compared,
        "diff": draw(compared.diff, compared.digest) if compared.diff else "",
    }
    return render(request, "proposals/since.html", context)


def _revised(request: HttpRequest, proposal: Proposal, text: str) -> Proposal:
    person = reader(request)
    return handing_in.revise(
        proposal,
        text=text,
        engine=Engine.PERSON,
        author=person.get_username(),
        at=timezone.now(),
        actor=Actor.person(person),
    )


def _form(
    request: HttpRequest, proposal: Proposal, text: str, refusal: str = "", status: int = 200
) -> HttpResponse:
    current = ROWS.get(pk=proposal.pk)
    standing = asked.standing_on(current)
    talks = reading.talks(current, Lines(current.diff)) if standing else []
    context = {
        "nav": "proposals",
        "proposal": current,
        "request_": standing,
        "talks": [one for one in talks if one.thread.path and not one.is_resolved],
        "text": text,
        "number": chain.number_of(current) + 1,
        "refusal": visible_lines(refusal),
        "following": chain.following(current),
    }
    return render(request, "proposals/revise.html", context, status=status)
