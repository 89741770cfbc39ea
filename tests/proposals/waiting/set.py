"""How does a test set what bounds the waiting?"""

from typing import Any

from django.conf import LazySettings

from proposals.waiting.options import Review


def review(settings: LazySettings, **values: Any) -> None:
    """Put other bounds in force."""
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"review": Review(**values)})
