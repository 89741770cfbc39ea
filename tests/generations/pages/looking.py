"""How does a test look at a page as somebody with a role?"""

import html
import re
from typing import Any

from django.test import Client

from tests.factories import make_user

TAGS = re.compile(r"<[^>]+>")
SPACES = re.compile(r"\s+")


def signed_in(role: str) -> Client:
    """Let somebody with a role come in."""
    client = Client()
    client.force_login(make_user(role, name=f"a-{role}"))
    return client


def text(answer: Any) -> str:
    """Return the page as it came."""
    return str(answer.content.decode())


def words(answer: Any) -> str:
    """Return what a reader sees, in one line."""
    seen = html.unescape(TAGS.sub(" ", text(answer)))
    return SPACES.sub(" ", seen.replace("\u00a0", " ").replace("\u202f", " "))
