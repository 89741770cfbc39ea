"""How does it look, without a script, who collides with whom?"""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from proposals.colliding.groups import Kind
from proposals.colliding.layout import Lane, Layout
from proposals.models import Proposal

HIGH, WIDE, LEFT = 34, 18, 14  # of a row, of a lane, before the first


def draw(layout: Layout, rows: Sequence[Proposal], words: Sequence[str], name: str) -> SafeString:
    """Draw proposals as rows that are links, with a line through those that meet somewhere."""
    lines = format_html_join(
        "", '<path class="cf-line cf-line--{}" d="{}"/>', map(_line, layout.lanes)
    )
    links = format_html_join(
        "",
        "{}",
        (
            (_row(place, proposal, words[place], layout.width),)
            for place, proposal in enumerate(rows)
        ),
    )
    dots = format_html_join(
        "", "{}", ((_dot(lane, row),) for lane in layout.lanes for row in lane.rows)
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="ln cf" width="100%" height="{}"'
        ' role="group" aria-label="{}">{}{}{}</svg>',
        *(len(rows) * HIGH, name, links, lines, dots),
    )


def _line(lane: Lane) -> tuple[str, str]:
    x = _x(lane.lane)
    return lane.group.kind.value, f"M{x} {_y(lane.rows[0]):g}V{_y(lane.rows[-1]):g}"


def _row(place: int, proposal: Proposal, words: str, width: int) -> SafeString:
    top, text = place * HIGH, _x(width) + 2
    return format_html(
        '<a class="ln-row" href="{}" data-row aria-label="{}: {}">'
        '<rect class="ln-hit" x="0" y="{}" width="100%" height="{}" rx="5"/>'
        '<svg class="ln-title" x="{}" y="{}" height="{}"><text x="0" y="{}">{}</text></svg>'
        '<text class="ln-words" x="100%" dx="-10" y="{}" text-anchor="end">{}</text></a>',
        *(proposal.get_absolute_url(), proposal.title, words),
        *(top + 1, HIGH - 2, text, top, HIGH, HIGH / 2 + 4, proposal.title),
        *(_y(place) + 4, words),
    )


def _dot(lane: Lane, row: int) -> SafeString:
    """Draw where a proposal hangs on a line; the kind is told by form as well as by colour."""
    x, y, kind = _x(lane.lane), _y(row), lane.group.kind
    told = f"{kind.words}: {lane.group.title}"
    if kind is Kind.LINES:
        shape = format_html('<circle cx="{}" cy="{}" r="6"/>', x, f"{y:g}")
    elif kind is Kind.FILE:
        shape = format_html('<circle cx="{}" cy="{}" r="4"/>', x, f"{y:g}")
    else:
        shape = format_html('<rect x="{}" y="{}" width="8" height="8"/>', x - 4, f"{y - 4:g}")
    return format_html('<g class="cf-dot cf-dot--{}">{}<title>{}</title></g>', kind, shape, told)


def _x(lane: int) -> int:
    return LEFT + lane * WIDE


def _y(row: int) -> float:
    return row * HIGH + HIGH / 2
