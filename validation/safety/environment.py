"""What does Python code read from the environment, and what does it leave there for others?"""

import ast
from collections.abc import Iterator, Mapping

from validation.safety import Seen
from validation.safety.meanings import Meanings

_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL")
_READ = "secrets of the system that runs it stand in the environment"
_WRITTEN = "every program that is started from here on obeys it"
# What decides which code other programs load, and whom they trust.
_STEERING = ("LD_", "DYLD_", "PYTHON", "GIT_", "SSL_", "NODE_", "RUBY", "PERL")
_STEERING_WHOLE = (
    *("PATH", "BASH_ENV", "ENV", "IFS", "HOME", "SHELL", "EDITOR", "PAGER", "REQUESTS_CA_BUNDLE"),
    *("CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PROMPT_COMMAND"),
)
# What puts code into every program that is started.
_SLIPS_IN = ("LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "PYTHONSTARTUP")
_ENVIRONMENTS = ("os.environ", "os.environb")


def read(node: ast.expr, parents: Mapping[int, ast.AST], meanings: Meanings) -> Iterator[Seen]:
    """Return what this mention of the environment takes from it."""
    parent = parents.get(id(node))
    key: ast.expr | None = None
    if isinstance(parent, ast.Subscript) and parent.value is node:
        key = parent.slice
        if isinstance(parent.ctx, ast.Store):
            return
    elif isinstance(parent, ast.Attribute) and parent.attr in ("get", "setdefault", "pop"):
        outer = parents.get(id(parent))
        key = outer.args[0] if isinstance(outer, ast.Call) and outer.args else None
    elif isinstance(parent, ast.Compare):
        return
    yield from variable(key, node, meanings)


def variable(key: ast.expr | None, node: ast.expr, meanings: Meanings) -> Iterator[Seen]:
    """Return what is told of reading one variable, or all of them."""
    name = None if key is None else meanings.text(key)
    if name is None:
        what = (
            "reads the environment by a name that cannot be told"
            if key
            else "takes the whole environment"
        )
        yield Seen("environment", "all", node.lineno, what, _READ, refuses=False)
    elif any(part in name.upper() for part in _SECRETS):
        yield Seen("environment", name, node.lineno, f"reads {name}", _READ, refuses=False)


def written(node: ast.expr, meanings: Meanings) -> Iterator[Seen]:
    """Return what an assignment to a variable of the environment steers."""
    if isinstance(node, ast.Subscript) and meanings.of(node.value) & {*_ENVIRONMENTS}:
        name = (meanings.text(node.slice) or "?").upper()
        if name == "?" or name in _STEERING_WHOLE or name.startswith(_STEERING):
            what = f"sets {name} in the environment"
            refuses = name in _SLIPS_IN
            yield Seen("steers", f"environ {name}", node.lineno, what, _WRITTEN, refuses)
