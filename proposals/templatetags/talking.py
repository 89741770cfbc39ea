"""How does a page show a change together with what is said about it?"""

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.template.engine import Engine
from django.utils.safestring import SafeString

from proposals.models import Proposal
from proposals.pages.diffs import draw
from proposals.threads import reading, saying
from proposals.threads.places import Lines, Place


@dataclass(frozen=True)
class _Part:
    """Something that is shown below a line."""

    place: Place
    template: str
    content: Mapping[str, object]


_PLACE = re.compile(r'id="(f\d+[LR]\d+)">')

register = template.Library()


@register.inclusion_tag("proposals/_talk.html", takes_context=True)
def talk(context: RequestContext, proposal: Proposal) -> dict[str, Any]:
    """Show the change, and in it, below it and beside it what is said."""
    request = context.request
    may = request.user.has_perm(saying.PERMISSION)
    lines = Lines(proposal.diff)
    talks = reading.talks(proposal, lines)
    about = lines.drawn(request.GET.get("say", "")) if may else None
    common = {
        "proposal": proposal,
        "may": may,
        "reader": request.user,
        "back": request.path,
    }
    below = [
        _Part(one.place, "proposals/_thread.html", {"talk": one}) for one in talks if one.place
    ]
    if about is not None:
        below.append(_Part(about, "proposals/_say.html", {"about": about, "uid": uuid.uuid4()}))
    rows: dict[str, str] = defaultdict(str)
    for part in below:
        content = {**common, **part.content, "csrf_token": context.get("csrf_token")}
        # Within the page's context: another one would ask for the whole frame's content anew.
        drawn_part = Engine.get_default().get_template(part.template).render(context.new(content))
        rows[part.place.anchor] += _row(drawn_part)
    drawn = draw(proposal.diff, proposal.diff_digest, asks=may)
    return {
        **common,
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "diff": _with_rows(drawn, rows),
        "whole": next((one for one in talks if not one.thread.path), None),
        "earlier": [one for one in talks if one.thread.path and one.place is None],
        "uid": uuid.uuid4(),
        "open_threads": sum(bool(one.place) and not one.is_resolved for one in talks),
    }


@register.filter
def is_by(said: reading.Said, reader: Any) -> bool:
    """Tell whether this reader said it and may still change it."""
    mine = reader.is_authenticated and said.comment.author_id == reader.pk
    return bool(mine and said.comment.removed_at is None and not said.earlier)


def _row(content: str) -> str:
    return f'<tr class="si-diff__talk"><td colspan="4">{content}</td></tr>'


def _with_rows(drawn: SafeString, rows: Mapping[str, str]) -> SafeString:
    """Put rows below the lines that they are about, and unfold the files that they are in."""
    parts, done = [], 0
    for found in _PLACE.finditer(drawn) if rows else ():
        if row := rows.get(found[1]):
            end = drawn.index("</tr>", found.end()) + len("</tr>")
            parts += [drawn[done:end], row]
            done = end
    whole = "".join([*parts, drawn[done:]])
    for file in {re.split("[LR]", name)[0] for name in rows}:
        head = f'<details class="si-diff__file" id="{file}"'
        whole = whole.replace(f"{head}>", f"{head} open>")
    return SafeString(whole)  # both were made by templates and format_html
