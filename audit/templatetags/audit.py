"""How do templates of the log write what they are given?"""

from django import template

register = template.Library()


@register.filter
def after_dot(name: str) -> str:
    """Return what an event says without its family."""
    return str(name).partition(".")[2].replace("_", " ")
