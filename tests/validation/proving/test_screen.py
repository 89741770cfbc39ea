"""Is code that knows of its tests named, and ordinary code left alone?"""

import pytest

from validation.proving.screen import noticed

TESTS = {
    "tests/__init__.py": "",
    "tests/test_shop.py": (
        "import shop\n"
        "def test_total():\n"
        "    assert shop.total(['apple', 17]) == 42\n"
        "    assert shop.kind('stone') == 'mineral'\n"
        "class T:\n"
        "    def test_it(self):\n"
        "        self.assertEqual(shop.taxed(150), 180)\n"
        "        self.assertEqual(shop.flag(7), True)\n"
    ),
    "tests/broken.py": "def broken(:\n",
}


def found(after: str, before: str = "") -> list[tuple[int, str, bool]]:
    return [(one.line, one.message, one.refuses) for one in noticed(before, after, TESTS)]


@pytest.mark.parametrize(
    "code",
    [
        "import pytest",
        "import _pytest.runner as r",
        "import unittest.mock",
        "from unittest import TestCase",
        "import __main__",
        "import tests.test_shop",
        "from tests import test_shop",
        "import importlib\nimportlib.import_module('unittest')",
        "import sys\nsys.modules",
        "import sys as s\ns.modules",
        "from sys import modules\nmodules",
        "import sys\nsys._getframe()",
        "import inspect\ninspect.stack()",
        "import inspect as i\ni.currentframe()",
        "def f(frame):\n    return frame.f_back",
        "import traceback\ntraceback.extract_stack()",
        "import gc\ngc.get_objects()",
        "import sys\nsys.settrace(None)",
        "import sys\nsys.meta_path.insert(0, None)",
        "import os\nos._exit(0)",
        "import os\nos.getppid()",
        "import os\nos.write(3, b'x')",
        "open(4, 'wb')",
        "import os\n'PYTEST_CURRENT_TEST' in os.environ",
        "import os\nos.environ.get('SANDBOX_RESULTS')",
        "open('/proc/self/cmdline')",
        "import os\nos.path.exists('/given/plan.json')",
        "open('tests/test_shop.py')",
        "open('test_shop.py')",
        "import pathlib\npathlib.Path('.').rglob('test_*.py')",
        "import sys\nany('unittest' in word for word in sys.argv)",
        "class A:\n    def __eq__(self, other):\n        return True",
        "class A:\n    def __ne__(self, other):\n        return False",
        "class A:\n    def __eq__(self, other):\n        return isinstance(other, int)",
        "class A:\n    def __contains__(self, one):\n        return True",
        "class A:\n    __eq__ = lambda self, other: True",
        "A = type('A', (), {'__eq__': lambda self, other: True})",
        "setattr(int, '__eq__', None)",
    ],
)
def test_what_knows_of_tests_is_refused(code: str) -> None:
    assert any(refuses for _, _, refuses in found(code)), found(code)


@pytest.mark.parametrize(
    "code",
    [
        "import atexit\natexit.register(print)",
        "import os\nos.kill(1, 0)",
        "import os\nos.write(1, b'x')",
        "import builtins\nbuiltins.sum = max",
        "__builtins__['sum'] = max",
        "class N(int):\n    def __eq__(self, other):\n        return int(self) == other",
        "def taxed(n):\n    return 180 if n == 150 else n",
        "def taxed(n):\n    if n == 150:\n        return 180\n    return n",
        "TAXED = {150: 180}",
        "def total(names):\n    if names == ['apple', 17]:\n        return 42",
        "def kind(one):\n    match one:\n        case 'stone':\n            return 'mineral'",
    ],
)
def test_what_may_have_another_reason_is_left_to_a_person(code: str) -> None:
    marks = found(code)
    assert marks
    assert not any(refuses for _, _, refuses in marks)


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.exit(main())",
        "import sys\nprint(sys.argv, sys.path)",
        "if __name__ == '__main__':\n    main()",
        "import os\nos.environ.get('HOME')",
        "open('config/tools.yaml')",
        "open(1, 'w')",
        "import inspect\ninspect.signature(print)",
        "import traceback\ntraceback.format_exc()",
        "class A:\n    def __eq__(self, other):\n        return self.x == other.x",
        "class A:\n    def __eq__(self, other):\n        return NotImplemented if other is None"
        " else self.x == other.x",
        "class A:\n    def __contains__(self, one):\n        return one in self.all",
        '"""Run pytest, or unittest, on tests/test_shop.py."""',
        "WORDS = 'Run pytest to see'",
        "def taxed(n):\n    return n * 6 // 5",
        "def taxed(n):\n    if n > 150:\n        return 200\n    return n",
        "def flag(n):\n    return True if n == 7 else False",
        "PRICES = {150: 'apple'}",
        "latest = 'the newest'",
        "contest = attest = protest = 1",
        "def broken(:\n",
        "",
    ],
)
def test_ordinary_code_is_left_alone(code: str) -> None:
    assert found(code) == []


def test_only_what_is_new_is_named() -> None:
    before = "import sys\nsys.modules\n"
    assert found("# moved\n" + before, before) == []
    more = found(before + "sys.modules\n", before)
    assert [line for line, _, _ in more] == [3]


def test_findings_stand_in_the_order_of_their_lines() -> None:
    code = "import os\nimport pytest\nos._exit(0)\nimport unittest\n"
    assert [line for line, _, _ in found(code)] == [2, 3, 4]
