"""What does the page of colliding proposals show?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proposals.colliding import graph, layout, picture
from proposals.colliding.groups import Group, Kind
from proposals.models import OPEN, Proposal
from targets.models import Target

PER_PAGE = 60
MOST_NAMED = 12
SIGNS = tuple((kind.value, kind.words) for kind in Kind)


@dataclass(frozen=True)
class Line:
    """Show one group as a row of the table."""

    group: Group
    members: Sequence[Proposal]
    more: int


@require_safe
@permission_required("proposals.view_proposal", raise_exception=True)
def conflicts(request: HttpRequest) -> HttpResponse:
    """Show which open proposals get in each other's way, as a picture and as a table."""
    chosen = request.GET.get("target", "")
    targets = list(Target.objects.order_by("slug"))
    known = chosen if chosen in {target.slug for target in targets} else ""
    found = [one for one in graph.groups() if not known or one.target == known]
    page = Paginator(layout.ordered(found), PER_PAGE).get_page(request.GET.get("page"))
    rows = _proposals(list(page.object_list))
    shown = _shown(found, rows)
    laid = layout.laid_out(found, [row.pk for row in rows])
    words = [_words(shown, row.pk) for row in rows]
    context: dict[str, Any] = {
        "nav": "proposals",
        "targets": targets,
        "chosen": known,
        "page": page,
        "open": _open(known),
        "counts": Counter(one.kind.value for one in found),
        "signs": SIGNS,
        "picture": picture.draw(laid, rows, words, "Open proposals that meet") if rows else "",
        "left_out": laid.left_out,
        "lines": _lines(shown, rows),
    }
    return render(request, "proposals/conflicts.html", context)


def _open(target: str) -> int:
    found = Proposal.objects.filter(status__in=OPEN)
    return (found.filter(target__slug=target) if target else found).count()


def _proposals(keys: Sequence[UUID]) -> list[Proposal]:
    found = Proposal.objects.select_related("target").defer("document", "diff").in_bulk(list(keys))
    return [found[key] for key in keys if key in found]


def _shown(groups: Sequence[Group], rows: Sequence[Proposal]) -> list[Group]:
    here = {row.pk for row in rows}
    return [one for one in groups if not here.isdisjoint(one.members)]


def _lines(groups: Sequence[Group], rows: Sequence[Proposal]) -> list[Line]:
    """Write each group as a row, the gravest first; of a large one a few members are named."""
    grave = sorted(groups, key=lambda one: (one.kind.order, one.target, one.title))
    named = {row.pk: row for row in rows}
    wanted = {pk for one in grave for pk in one.members[:MOST_NAMED]} - named.keys()
    named |= {row.pk: row for row in _proposals(list(wanted))}
    return [
        Line(
            one,
            [named[pk] for pk in one.members[:MOST_NAMED] if pk in named],
            max(0, len(one.members) - MOST_NAMED),
        )
        for one in grave
    ]


def _words(groups: Sequence[Group], pk: UUID) -> str:
    """Count for one proposal with how many others it has what in common."""
    met: dict[Kind, set[UUID]] = {kind: set() for kind in Kind}
    for one in groups:
        if pk in one.members:
            met[one.kind] |= set(one.members) - {pk}
    return _told(met)


def _told(met: dict[Kind, set[UUID]]) -> str:
    names = {Kind.LINES: "lines", Kind.FILE: "file", Kind.STEP: "deploy step"}
    parts, before = [], set[UUID]()
    for kind, others in met.items():
        if new := others - before:
            parts.append(f"{names[kind]} with {len(new)}")
        before |= others
    return ", ".join(parts)
