"""What does a Python file do by merely being imported, installed or collected by a test runner?"""

import ast
from collections.abc import Iterator

from validation.safety import Seen
from validation.safety.dangers import find
from validation.safety.meanings import Meanings

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream")
WHY = "code that acts when it is imported acts before anything can decide whether it should run"
# Acts that nothing needs in order to be imported.
_REFUSED = frozenset(
    {
        *("urllib.request.urlopen", "urllib.request.urlretrieve", "socket.create_connection"),
        *("smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "webbrowser.open", "os.kill"),
        *(f"{library}.{verb}" for library in ("requests", "httpx") for verb in _VERBS),
    }
)
_NOTED = frozenset(
    {
        *(
            "os.putenv",
            "os.unsetenv",
            "os.chmod",
            "os.chown",
            "os.symlink",
            "os.link",
            "os.rename",
        ),
        *("os.replace", "os.setuid", "os.dup2", "shutil.copy", "shutil.copytree", "os.makedirs"),
        *("os.mkdir", "threading.Thread", "os.environ.update", "threading.Timer"),
    }
)
# Test runners and installers call these by their names.
_CALLED_BY_OTHERS = (
    *("pytest_", "setUpModule", "load_tests", "__init_subclass__", "__set_name__"),
    *("__prepare__", "__mro_entries__", "__class_getitem__", "__del__"),
)
_MAKES_CLASSES = ("__new__", "__init__", "__call__")  # of a metaclass, as soon as a class is made
_ACTING = ("network", "talks", "serves", "erases", "steers", "rights")


def seen(tree: ast.Module, meanings: Meanings) -> Iterator[Seen]:
    """Return each act that happens on import, directly or through a function of the file.

    What is refused wherever it stands (a shell, eval, unpickling) is not said once more.
    """
    functions = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    acting = _acting(functions, meanings)
    for call in _at_import(tree):
        func = call.func if isinstance(call, ast.Call) else call
        for name in sorted(filter(_act, meanings.of(func))):
            yield _mark(name, call, f"calls {name} when it is imported", name)
        local = func.id if isinstance(func, ast.Name) else ""
        if local in acting:
            what = f"calls {local} when it is imported, which uses {acting[local]}"
            yield _mark(local, call, what, acting[local])
    called = {*_of_the_module(tree), *_of_metaclasses(tree)}
    for name, function in functions.items():
        if name in acting and (name.startswith(_CALLED_BY_OTHERS) or function in called):
            what = f"{name} is called by others without being asked, and uses {acting[name]}"
            yield _mark(name, function, what, acting[name])


def _mark(name: str, node: ast.expr | ast.stmt, what: str, act: str) -> Seen:
    where = ast.unparse(node) if isinstance(node, ast.expr) else ""
    return Seen(
        "import-time", f"{name} {where}", node.lineno, what, WHY, refuses=_act(act) == "refused"
    )


def _act(name: str) -> str:
    """Return "refused" or "noted" for what acts on the world, "" for what does not."""
    danger = find(name)
    rule = danger.rule if danger is not None and not danger.refuses else ""
    if name in _REFUSED or rule == "process":
        return "refused"
    return "noted" if name in _NOTED or rule in _ACTING else ""


def _acting(
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef], meanings: Meanings
) -> dict[str, str]:
    """Return the functions that act, each with what it uses; also through one another."""
    acting: dict[str, str] = {}
    calls: dict[str, set[str]] = {}
    for name, function in functions.items():
        calls[name] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                acts = sorted(filter(_act, meanings.of(node.func)), key=_act, reverse=True)
                if acts:
                    acting.setdefault(name, acts[0])
                elif isinstance(node.func, ast.Name):
                    calls[name].add(node.func.id)
    while more := {
        name: acting[inner]
        for name, inside in calls.items()
        if name not in acting
        for inner in sorted(inside & acting.keys())
    }:
        acting.update(more)
    return acting


def _of_the_module(tree: ast.Module) -> Iterator[ast.stmt]:
    """Return the functions by which a module answers for names that it does not have."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in ("__getattr__", "__dir__"):
            yield node


def _of_metaclasses(tree: ast.Module) -> Iterator[ast.stmt]:
    """Return what runs of each class that is named as another's metaclass."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    named = {
        ast.unparse(word.value)
        for node in classes
        for word in node.keywords
        if word.arg == "metaclass"
    }
    for node in classes:
        if node.name in named:
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name in _MAKES_CLASSES:
                    yield inner


def _at_import(tree: ast.Module) -> Iterator[ast.expr]:
    """Return what a module calls when it is imported: calls, and decorators without brackets."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (one for one in node.decorator_list if not isinstance(one, ast.Call))
            waiting += [*node.decorator_list, *node.args.defaults]
            waiting += [default for default in node.args.kw_defaults if default]
            continue
        if isinstance(node, ast.Lambda) or (isinstance(node, ast.If) and _is_main(node.test)):
            waiting += node.orelse if isinstance(node, ast.If) else []
            continue
        if isinstance(node, ast.Call):
            yield node
            if isinstance(node.func, ast.Lambda):
                waiting += [node.func.body, node.func.args]
        waiting += ast.iter_child_nodes(node)


def _is_main(test: ast.expr) -> bool:
    """Recognise `if __name__ == "__main__"` and nothing that merely resembles it."""
    return ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")
