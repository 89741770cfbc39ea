"""How is Python read where several threads may read at once?

Python 3.11 keeps the depth of the tree that it makes in one place for all threads: two that parse
at once can end with "AST constructor recursion depth mismatch" (CPython issue 106905). So only one
parses at a time; gates that start programs are asked side by side.
"""

import ast
import os
import threading
import warnings

_turn = threading.Lock()


def parsed(text: str | bytes) -> ast.Module:
    """Return the tree of a module; raises what `ast.parse` raises for what is none."""
    with _turn, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _begin_anew() -> None:
    """Free the lock in a forked process: whoever held it is not there."""
    global _turn
    _turn = threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
