"""Which sandbox does this installation's configuration choose?"""

from pathlib import Path

from django.conf import settings

from ports.agentcore.chosen import interpreter
from ports.sandbox import Sandbox
from ports.sandbox.adapters import BUBBLEWRAP, build
from ports.sandbox.away.agentcore import AgentCore


def sandbox() -> Sandbox:
    """Return the sandbox in force; our own folders stay hidden even where /usr holds them."""
    section = settings.SELFIMPROVE.sandbox
    options = dict(section.options)
    if section.backend == BUBBLEWRAP:
        options["hidden"] = (Path(settings.BASE_DIR), Path(settings.DATA_DIR))
    return build(section.backend, options)


def away() -> Sandbox:
    """Return what runs portable jobs at AgentCore, and all others in the sandbox in force."""
    return AgentCore(interpreter(), sandbox())


def keeps_apart() -> bool:
    """Tell whether commands that run at once cannot meet, such as at a port or in a folder."""
    return settings.SELFIMPROVE.sandbox.backend == BUBBLEWRAP
