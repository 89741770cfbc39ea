"""How is Python read where several threads may read at once?

Python 3.11 keeps the depth of the tree that it makes in one place for all threads: two that parse
at once can end with "AST constructor recursion depth mismatch" (CPython issue 106905). So only one
parses at a time; gates that start programs are asked side by side.
"""

import ast
import os
import threading
import warnings

from validation import newer

_turn = threading.Lock()


def parsed(text: str | bytes) -> ast.Module:
    """Return the tree of a module; raises what `ast.parse` raises for what is none."""
    with _turn, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def understood(text: str | bytes) -> ast.Module:
    """Return the tree of a module that is to be judged, not run, also of one in newer Python."""
    try:
        return parsed(text)
    except SyntaxError as error:
        return newer_than_ours(text.decode() if isinstance(text, bytes) else text, error).tree


def newer_than_ours(text: str, error: SyntaxError) -> newer.Newer:
    """Read what this Python took for an error; raise what is one to all, wherever it comes last.

    This Python stops where newer Python begins, which may be no fault.
    """
    try:
        return newer.tree(text, parsed)
    except ValueError:
        raise error from None
    except SyntaxError as wrong:
        raise (wrong if (wrong.lineno or 0) > (error.lineno or 0) else error) from None


def _begin_anew() -> None:
    """Free the lock in a forked process: whoever held it is not there."""
    global _turn
    _turn = threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
