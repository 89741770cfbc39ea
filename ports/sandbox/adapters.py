"""How does a dotted path of the configuration become a sandbox?"""

import importlib
from collections.abc import Mapping
from typing import Any, cast

from ports.sandbox import Sandbox

BUBBLEWRAP = "ports.sandbox.bubblewrap.Bubblewrap"
REFUSING = "ports.sandbox.refusing.Refusing"
UNCONFINED = "ports.sandbox.unconfined.Unconfined"


def build(backend: str, options: Mapping[str, Any]) -> Sandbox:
    """Make an adapter; raise ValueError when there is none such, or not with these options."""
    module, _, name = backend.rpartition(".")
    try:
        adapter = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"there is no {backend!r}; ours are {BUBBLEWRAP}, {REFUSING} and {UNCONFINED}"
        ) from error
    try:
        return cast(Sandbox, adapter(**options))
    except TypeError as error:
        raise ValueError(f"{backend} does not take these options: {error}") from error
