"""Which values may a change move, where do they stand, and how did they get there?"""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from targets.models import Target
from validation.inventory import drawing, kept, places
from validation.inventory.history import Moved
from validation.inventory.kept import Inventory
from validation.inventory.places import Place
from validation.paths import shown

PER_PAGE = 50
PERMISSION = "targets.view_target"


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the whitelist of one target and every place where it stands at the head."""
    targets = list(Target.objects.order_by("slug"))
    named = request.GET.get("target", "")
    target = next((one for one in targets if one.slug == named), None)
    target = target or (targets[0] if targets and not named else None)
    context: dict[str, Any] = {
        "nav": "targets",
        "targets": targets,
        "target": target,
        "unknown": named if named and target is None else "",
    }
    if target:
        inventory = kept.of(target)
        only = "outside" if request.GET.get("only") == "outside" else ""
        found = [place for place in inventory.head.places if place.trouble or not only]
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context |= {
            "inventory": inventory,
            "only": only,
            "page": page,
            "rows": [_place(place) for place in page],
        }
    return render(request, "validation/parameters.html", context)


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Show which commit moved what, newest first; of one place also as a picture."""
    target = get_object_or_404(Target, slug=slug)
    path, key = request.GET.get("path", ""), request.GET.get("key", "")
    inventory = kept.of(target)
    found = inventory.history.of(path, key)
    page = Paginator(found.moves, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "targets",
        "target": target,
        "inventory": inventory,
        "path": path,
        "key": key,
        "place": f"{shown(path)} · {shown(key)}" if path and key else "",
        "cut": found.cut,
        "page": page,
        "rows": [_move(move) for move in page],
        "picture": _picture(inventory, path, key),
    }
    return render(request, "validation/history.html", context)


def _picture(inventory: Inventory, path: str, key: str) -> str:
    parameter = inventory.whitelist.find(path, key) if path and key else None
    if parameter is None:
        return ""
    moves = inventory.history.of(path, key).moves
    return drawing.steps(moves, parameter, now=timezone.now(), title=f"{key} in {path}")


def _place(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "path": shown(place.path),
        "key": shown(place.key),
        "value": places.said(place.value),
    }


def _move(move: Moved) -> dict[str, Any]:
    return {
        "move": move,
        "path": shown(move.path),
        "key": shown(move.key),
        "old": places.said(move.old),
        "new": places.said(move.new),
    }
