"""Which sandbox does this installation's configuration choose?"""

from pathlib import Path

from django.conf import settings

from ports.sandbox import Sandbox
from ports.sandbox.adapters import BUBBLEWRAP, build


def sandbox() -> Sandbox:
    """Return the sandbox in force; our own folders stay hidden even where /usr holds them."""
    section = settings.SELFIMPROVE.sandbox
    options = dict(section.options)
    if section.backend == BUBBLEWRAP:
        options["hidden"] = (Path(settings.BASE_DIR), Path(settings.DATA_DIR))
    return build(section.backend, options)


def keeps_apart() -> bool:
    """Tell whether commands that run at once cannot meet, such as at a port or in a folder."""
    return settings.SELFIMPROVE.sandbox.backend == BUBBLEWRAP
