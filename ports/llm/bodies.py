"""How is a request written for the Messages API, whoever carries it?"""

import copy
from collections.abc import Mapping
from typing import Any

from ports.llm import PermanentError, Request


def body(request: Request) -> dict[str, Any]:
    """Return the fields of a request; raise PermanentError when its schema cannot be asked for."""
    return {
        "model": request.model,
        "max_tokens": request.max_tokens,
        **question(request),
    }


def question(request: Request) -> dict[str, Any]:
    """Return the fields that make up the tokens that a provider reads."""
    fields: dict[str, Any] = {
        # The role text is the same for every call of a role: cached, it costs a tenth.
        "system": [
            {"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}
        ],
        "messages": [{"role": "user", "content": request.prompt}],
    }
    wanted: dict[str, Any] = {}
    if request.effort:
        wanted["effort"] = request.effort
    if request.schema is not None:
        wanted["format"] = {"type": "json_schema", "schema": _supported(request.schema)}
    return {**fields, "output_config": wanted} if wanted else fields


def _supported(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Move what the provider does not enforce into descriptions, as its own library does."""
    import anthropic

    try:
        # The library works on the dictionaries that it is given.
        return anthropic.transform_schema(copy.deepcopy(dict(schema)))
    except (ValueError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        text = (
            f"the schema of the answer cannot be asked for: {' '.join(str(error).split())[:200]}"
        )
        raise PermanentError("bad_schema", text) from error
