"""What does a Python file reach for?"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from validation.parsing import understood
from validation.safety import Seen, dangers, effects, environment, leaks, loosened, unreadable
from validation.safety.dangers import CODE, GUARDED, HOLDING, INSIDE, SHELL, TELLING, UNPICKLE
from validation.safety.folding import DECODERS, called
from validation.safety.meanings import Meanings

OPAQUE = 400  # characters without a space
PAYLOAD = 60
_SAFE_LOADERS = frozenset({"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"})
# Steps from any object to all others: how code gets out of what it was given.
_STEPS = frozenset(
    {
        *("__subclasses__", "__globals__", "__builtins__", "__code__", "__closure__", "__mro__"),
        *("__bases__", "__base__", "__getattribute__", "__loader__", "f_globals", "f_builtins"),
        *("f_locals", "f_back", "gi_frame", "cr_frame", "ag_frame", "tb_frame", "co_code"),
    }
)
_PLACES = (
    *("/etc/shadow", "/etc/passwd", "docker.sock", ".ssh/", ".aws/credentials", ".git/hooks"),
    *(".git/config", "/proc/self", "/proc/1/", "/environ", ".bashrc", ".profile"),
    *("authorized_keys", "crontab", "/etc/sudoers"),
    *("169.254.169.254", "metadata.google.internal"),
)


def seen(text: str) -> Iterator[Seen]:
    """Return what the file reaches for; a file that cannot be read may do anything."""
    try:
        tree = understood(text)
        meanings = Meanings(tree)
        found = [*_once_a_line(_Reader(tree, meanings).all()), *effects.seen(tree, meanings)]
        found += [*loosened.seen(tree), *leaks.seen(tree)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = [unreadable(text, "this Python")]
    yield from found


def imported(text: str) -> Iterator[tuple[int, str]]:
    """Return the dotted names that the file imports, relative ones with their dots."""
    try:
        tree = understood(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # `seen` refuses it
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _once_a_line(found: Iterator[Seen]) -> Iterator[Seen]:
    told: set[tuple[str, str, int | None]] = set()
    for one in found:
        key = (one.rule, one.name, one.line)
        if key not in told:
            told.add(key)
            yield one


class _Reader:
    """Walk one module."""

    def __init__(self, tree: ast.Module, meanings: Meanings) -> None:
        self.tree = tree
        self.meanings = meanings
        self.parents = {
            id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        self.settled: set[int] = set()  # nodes that a call has answered for
        self.types = {id(part) for root in _annotations(tree) for part in _named(root)}

    def all(self) -> Iterator[Seen]:
        for node in ast.walk(self.tree):  # outer nodes come first
            reader = _READERS.get(type(node))
            for one in reader(self, node) if reader is not None else ():
                yield one if one.once else replace(one, name=f"{one.name} in {self._where(node)}")

    def _where(self, node: ast.AST) -> str:
        """Write the whole expression or statement, with the texts that its names have.

        So that another argument of the same call is news.
        """
        inner = node
        while (outer := self.parents.get(id(inner))) is not None and not isinstance(
            inner, ast.stmt
        ):
            if isinstance(outer, ast.stmt) and hasattr(outer, "body"):
                break
            inner = outer
        names = {part.id for part in ast.walk(inner) if isinstance(part, ast.Name)}
        texts = [self.meanings.texts[name] for name in sorted(names & self.meanings.texts.keys())]
        return " ".join([ast.unparse(inner), *texts])

    def imports(self, node: ast.Import) -> Iterator[Seen]:
        for alias in node.names:
            yield from self._reached(alias.name, node)

    def imports_from(self, node: ast.ImportFrom) -> Iterator[Seen]:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            name = module if alias.name == "*" else f"{module}.{alias.name}"
            yield from self._reached(name, node)

    def reference(self, node: ast.Name | ast.Attribute | ast.Subscript) -> Iterator[Seen]:
        if isinstance(node.ctx, ast.Store | ast.Del):
            yield from self._replaced(node)
            return
        names = self.meanings.of(node)
        if id(node) not in self.settled:
            named = id(node) in self.types
            for one in (one for name in sorted(names) for one in self._reached(name, node)):
                yield replace(one, refuses=one.refuses and not named)
        if isinstance(node, ast.Attribute):
            yield from self._attribute(node.attr, node, known=bool(names))
        elif isinstance(node, ast.Subscript) and (key := self.meanings.text(node.slice)):
            yield from self._attribute(key, node, known=True)
        if "os.environ" in names or "os.environb" in names:
            yield from environment.read(node, self.parents, self.meanings)

    def call(self, node: ast.Call) -> Iterator[Seen]:
        names = self.meanings.of(node.func)
        for result in sorted(self.meanings.of(node) - names):
            yield from self._reached(result, node)
        for name in sorted(names):
            judge = _CALLS.get(name) or _CALLS.get(name.rpartition(".")[0] + ".")
            if judge is not None:
                yield from judge(self, node, name)
        if called(node) in DECODERS or called(node) in ("decompress", "loads"):
            yield from self._payload(node)

    def constant(self, node: ast.Constant) -> Iterator[Seen]:
        text = node.value
        if isinstance(text, bytes):
            text = text.decode("latin-1")
        if not isinstance(text, str) or self._is_documentation(node):
            return
        line = node.lineno
        if "{" in text and any(f".{step}" in text for step in _STEPS):
            yield Seen("interpreter", "format", line, "formats its way to other objects", INSIDE)
        if len(text) >= OPAQUE and not any(sign.isspace() for sign in text):
            what = f"holds {len(text)} characters without a space"
            why = "nobody can read what they are; they may be code or data in disguise"
            yield Seen("opaque", text[:40], line, what, why, refuses=False)
        for place in _PLACES:
            if place in text:
                why = "secrets, other programs' settings or the machine itself stand there"
                yield Seen("place", place, line, f"names {place}", why, refuses=False, once=True)

    def _reached(self, name: str, node: ast.AST) -> Iterator[Seen]:
        if (danger := dangers.find(name)) is not None:
            yield _seen(danger, name, node)

    def _attribute(self, name: str, node: ast.expr, *, known: bool) -> Iterator[Seen]:
        if name in _STEPS:
            out = name == "__subclasses__" and any(
                isinstance(inner, ast.Attribute | ast.Constant) and _is_way_up(inner)
                for inner in ast.walk(node)
            )
            yield Seen("interpreter", name, node.lineno, f"uses {name}", INSIDE, refuses=out)
        elif name in TELLING and not known:
            what = f"uses .{name} of something that cannot be told"
            yield Seen("shell", f"?.{name}", node.lineno, what, SHELL, refuses=False)

    def _replaced(self, node: ast.expr) -> Iterator[Seen]:
        if not isinstance(node, ast.Attribute | ast.Subscript):
            return
        yield from environment.written(node, self.meanings)
        for of in sorted(self.meanings.of(node.value)):
            module = isinstance(node, ast.Attribute) and of in self.meanings.modules
            guarded = of.partition(".")[0] in GUARDED and of not in ("os.environ", "globals")
            if module or guarded:
                what = f"changes {of} for everybody"
                why = "other code, checks included, goes through what it changes"
                yield Seen("replaces", of, node.lineno, what, why, refuses=False)

    def _payload(self, node: ast.Call) -> Iterator[Seen]:
        text = self.meanings.text(node.args[0]) if node.args else None
        if text is not None and len(text) >= PAYLOAD:
            what = f"decodes {len(text)} characters that stand in the code"
            why = "what it becomes is not what was reviewed"
            yield Seen("payload", text[:40], node.lineno, what, why, refuses=False)

    def started(self, node: ast.Call, name: str) -> Iterator[Seen]:
        shell = next((word.value for word in node.keywords if word.arg == "shell"), None)
        if shell is not None and not (isinstance(shell, ast.Constant) and not shell.value):
            yield Seen(
                "shell", f"{name}(shell=)", node.lineno, f"calls {name} with a shell", SHELL
            )

    def loaded(self, node: ast.Call, name: str) -> Iterator[Seen]:
        """Let yaml.load pass with a safe loader, and note one that this file does not tell."""
        given = [word.value for word in node.keywords if word.arg == "Loader"] or node.args[1:2]
        loaders = self.meanings.of(given[0]) if given else {"yaml.Loader"}
        if any(name.startswith("yaml.") for name in loaders - _SAFE_LOADERS):
            return
        self.settled.add(id(node.func))
        if not loaders or loaders - _SAFE_LOADERS:
            what = f"calls {name} with a loader that this file does not tell"
            yield Seen("deserialise", name, node.lineno, what, UNPICKLE, refuses=False)

    def unless(self, node: ast.Call, name: str) -> Iterator[Seen]:
        """Let numpy.load and torch.load pass where they do not unpickle."""
        word = "allow_pickle" if name == "numpy.load" else "weights_only"
        given = {part.arg: part.value for part in node.keywords}
        value = getattr(given.get(word), "value", None)
        asked = word in given
        safe = (not asked or value is False) if name == "numpy.load" else value is True
        if safe and None not in given:  # ** may hold anything
            self.settled.add(id(node.func))
        return iter(())

    def imported(self, node: ast.Call, _name: str) -> Iterator[Seen]:
        if node.args and self.meanings.text(node.args[0]) is not None:
            self.settled.add(id(node.func))  # what it imports is told by its name
        return iter(())

    def picked(self, node: ast.Call, _name: str) -> Iterator[Seen]:
        if len(node.args) < 2:
            return
        attribute = self.meanings.text(node.args[1])
        modules = sorted(self.meanings.of(node.args[0]) & GUARDED, key=lambda of: of in HOLDING)
        if attribute is not None:
            yield from self._attribute(attribute, node, known=bool(modules))
        elif modules:
            what = f"picks something of {modules[0]} by a name that is only known when it runs"
            refuses = modules[0] not in HOLDING  # and what is taken from it is followed
            name = f"getattr {modules[0]}"
            yield Seen("dynamic-code", name, node.lineno, what, CODE, refuses=refuses)

    def variable(self, node: ast.Call, _name: str) -> Iterator[Seen]:
        key = node.args[0] if node.args else None
        yield from environment.variable(key, node, self.meanings)

    def _is_documentation(self, node: ast.Constant) -> bool:
        return isinstance(self.parents.get(id(node)), ast.Expr)


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation
            if ast.unparse(node.annotation).rpartition(".")[2] == "TypeAlias" and node.value:
                yield node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns


def _named(node: ast.expr) -> Iterator[ast.expr]:
    """Return what an annotation only names: a type does nothing unless it is called."""
    if isinstance(node, ast.Call):
        return
    yield node
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr):
            yield from _named(part)


def _is_way_up(node: ast.Attribute | ast.Constant) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.value
    return name in ("__mro__", "__base__", "__bases__", "__class__")


def _seen(danger: dangers.Danger, name: str, node: ast.AST) -> Seen:
    line = getattr(node, "lineno", None)
    return Seen(danger.rule, name, line, f"uses {name}", danger.why, danger.refuses, danger.once)


_READERS: dict[type[ast.AST], Callable[..., Iterator[Seen]]] = {
    ast.Import: _Reader.imports,
    ast.ImportFrom: _Reader.imports_from,
    ast.Name: _Reader.reference,
    ast.Attribute: _Reader.reference,
    ast.Subscript: _Reader.reference,
    ast.Call: _Reader.call,
    ast.Constant: _Reader.constant,
}
_CALLS: dict[str, Callable[..., Iterator[Seen]]] = {
    **dict.fromkeys(("subprocess.", "asyncio.subprocess."), _Reader.started),
    **dict.fromkeys(("yaml.load", "yaml.load_all"), _Reader.loaded),
    **dict.fromkeys(("numpy.load", "torch.load"), _Reader.unless),
    **dict.fromkeys(("importlib.import_module", "importlib.__import__"), _Reader.imported),
    **dict.fromkeys(("builtins.getattr", "builtins.setattr", "builtins.delattr"), _Reader.picked),
    **dict.fromkeys(("os.getenv", "os.getenvb"), _Reader.variable),
}
