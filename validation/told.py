"""Which files hold what agents are told, though they look like documents?"""

import re

_TOLD = re.compile(
    r"(?:.*/)?(?:prompts?|personas?|skills)/.*\.(?:md|txt|j2|jinja|prompt)|(?:.*/)?[^/]*system[^/]*prompt[^/]*"
    r"|(?:.*/)?(?:agents|claude|gemini|skill|copilot-instructions)\.md|.*\.prompt(?:\.\w+)?",
    re.IGNORECASE,
)


def is_told(path: str) -> bool:
    """Tell whether an agent reads this file as its instructions."""
    return bool(_TOLD.fullmatch(path))
