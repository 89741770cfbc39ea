"""How does a proposal's markdown look on a page, with nothing in it that acts?"""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from proposals.pages.colours import visible_lines

_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


def prose(text: str, *, linked: bool = True) -> SafeString:
    """Render markdown to clean HTML: no raw HTML, images, scripts, styles or hidden signs.

    Without links an address stays the text that it is: a model may have copied it from a log.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    if not linked:
        reader.disable(["link", "autolink", "image", "reference"])
    html = nh3.clean(
        reader.render(visible_lines(text)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308 - cleaned in the line above
