"""What does a YAML text say when nothing in it is allowed to be ambiguous?"""

from typing import Any

import yaml

MAX_ALIASES = 50
MAX_MERGED = 20_000  # pairs; merging doubles them each time
MERGE = "tag:yaml.org,2002:merge"


class NotStrict(ValueError):
    """The text is no YAML, or says something twice, or refers too often to itself."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


class _StrictLoader(yaml.SafeLoader):
    """Refuse what readers of YAML are known to read differently."""

    aliases = 0
    merged = 0

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
            if self.aliases > MAX_ALIASES:
                raise NotStrict(f"the file has more than {MAX_ALIASES} aliases", self.line + 1)
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Check the keys as they are written, before merge keys are unfolded into them."""
        node = super().compose_mapping_node(anchor)
        seen: set[object] = set()
        for key, _ in node.value:
            name = self._name(key)
            if name in seen:
                raise NotStrict(f"the key {key.value!r} is there twice", key.start_mark.line + 1)
            seen.add(name)
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Unfold merge keys, as long as that does not unfold without end."""
        own = len(node.value)
        super().flatten_mapping(node)
        self.merged += max(len(node.value) - own, 0)
        if self.merged > MAX_MERGED:
            line = node.start_mark.line + 1
            raise NotStrict(f"merge keys unfold to more than {MAX_MERGED} pairs", line)

    def _name(self, key: yaml.Node) -> object:
        if not isinstance(key, yaml.ScalarNode):
            raise NotStrict("a key is not a plain value", key.start_mark.line + 1)
        if key.tag == MERGE:
            return (MERGE,)
        return key.tag, self.construct_object(key, deep=True)


def load(text: str) -> object:
    """Return the one document of the text; raises NotStrict with the line."""
    try:
        return _load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "the text is no YAML"
        raise NotStrict(what, mark.line + 1 if mark else None) from error
    except NotStrict:
        raise
    except RecursionError as error:
        raise NotStrict("the file is nested too deeply") from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        # PyYAML's own constructors trip in these ways over values such as `!!bool maybe`.
        first = str(error).split("\n")[0]
        raise NotStrict(f"a value cannot be read as YAML: {first}") from error


def scalar(node: yaml.Node) -> object:
    """Return the value of one scalar node as the loader would read it."""
    if node.tag == MERGE:
        return str(node.value)
    loader = _StrictLoader("")
    value: object = loader.construct_object(node, deep=True)
    return value


def _load(text: str) -> object:
    loader = _StrictLoader(text)
    try:
        value: object = loader.get_single_data()
    finally:
        loader.dispose()
    return value
