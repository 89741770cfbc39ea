"""What do decorators and calls say of whether a test is run, and with what?"""

import ast
import re
from collections.abc import Iterator, Sequence

from validation.strictness.assertions import called

_SKIPS = {
    *("skip", "skipif", "skipIf", "skipUnless", "skipTest", "SkipTest", "importorskip"),
    *("xfail", "expectedFailure", "flaky", "exit", "_exit", "abort"),
}


def sorted_out(nodes: Sequence[ast.expr]) -> tuple[list[str], list[str], list[str], list[str]]:
    """Sort decorators: what skips, other markers, the cases of parametrize and their names."""
    skips, marks, cases, gets = [], [], [], []
    for node in nodes:
        name = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        last = name.rpartition(".")[2]
        if last in _SKIPS:
            skips.append(ast.unparse(node))
        elif last == "parametrize" and isinstance(node, ast.Call):
            cases += _cases(node)
            gets += re.findall(r"\w+", ast.unparse(node.args[0])) if node.args else []
        else:
            marks.append(ast.unparse(node))
    return skips, marks, cases, gets


def _cases(node: ast.Call) -> list[str]:
    values = node.args[1] if len(node.args) > 1 else None
    values = values or next((one.value for one in node.keywords if one.arg == "argvalues"), None)
    if isinstance(values, ast.List | ast.Tuple | ast.Set):
        return [ast.unparse(one) for one in values.elts]
    return [ast.unparse(values)] if values is not None else []


def skip(node: ast.AST) -> Iterator[str]:
    """Yield what leaves a test out, where a node does."""
    raised = node.exc if isinstance(node, ast.Raise) else None
    calls = isinstance(node, ast.Call) and called(node) in _SKIPS
    if calls or (raised is not None and "SkipTest" in ast.dump(raised)):
        yield ast.unparse(node)
