"""Does the reader of Python see through every disguise that code is known to wear?"""

import pytest

from validation.safety import Seen, python

REFUSED = {
    "plain": "def f(): import os; os.system(x)",
    "renamed module": "import os as o\ndef f(): o.system(x)",
    "renamed function": "from os import system as s\ndef f(): s(x)",
    "assigned": "import os\nrun = os.system",
    "assigned twice": "import os\na = os\nb = a\ndef f(): b.system(x)",
    "unpacked": "import os\na, b = os, 1\ndef f(): a.popen(x)",
    "in a list": "import os\ndef f(): [os][0].system(x)",
    "in a dictionary": "import os\nd = {'k': os}\ndef f(): d['k'].system(x)",
    "conditional": "import os\ndef f(): (os if x else None).system(x)",
    "walrus": "import os\ndef f(): (o := os).system(x)",
    "default argument": "import os\ndef f(o=os): o.system(x)",
    "lambda": "import os\ndef f(): (lambda: os)().system(x)",
    "star": "from os import *\ndef f(): system(x)",
    "handed on": "import os\ndef f(): list(map(os.system, x))",
    "partial": "import functools, os\nf = functools.partial(os.system, x)",
    "loop": "import os\ndef f():\n  for g in [os.system]: g(x)",
    "through the C module": "import posix\ndef f(): posix.system(x)",
    "getattr": "import os\ndef f(): getattr(os, 'sys' + 'tem')(x)",
    "getattr, formatted": "import os\nname = f\"{'sys'}tem\"\ndef f(): getattr(os, name)(x)",
    "getattr, backwards": "import os\ndef f(): getattr(os, 'metsys'[::-1])(x)",
    "from numbers": "import os\nn = ''.join(map(chr, [112, 111, 112, 101, 110]))\nos.__dict__[n]",
    "getattr, from a generator": (
        "import os\nn = ''.join(chr(c) for c in (112, 111, 112, 101, 110))\ngetattr(os, n)"
    ),
    "getattr, decoded": "import os, base64 as b\ngetattr(os, b.b64decode('c3lzdGVt').decode())",
    "getattr, rot13": "import os, codecs\ngetattr(os, codecs.decode('flfgrz', 'rot13'))",
    "getattr, replaced": "import os\ngetattr(os, 'sXstem'.replace('X', 'y'))",
    "getattr, percent": "import os\ngetattr(os, '%s%s' % ('sys', 'tem'))",
    "getattr, format": "import os\ngetattr(os, '{}{}'.format('sys', 'tem'))",
    "getattr, unknown": "import os\ndef f(y): getattr(os, y)(x)",
    "getattr, unknown, twice": "import socket\ndef f(y, z): getattr(getattr(socket, y), z)(x)",
    "getattr, unknown, kept": "import socket\ndef f(y, z):\n a = getattr(socket, y)\n a.system(z)",
    "getattr, unknown, by vars": "import socket\ndef f(y): getattr(socket, y).popen(x)",
    "getattr, one of two": "import os, socket\ndef f(m, y): getattr(socket if m else os, y)(x)",
    "attrgetter": "import operator, os\noperator.attrgetter('system')(os)",
    "dictionary of a module": "import os\nos.__dict__['system']",
    "vars": "import os\nvars(os)['system']",
    "sys.modules": "import sys\nsys.modules['os'].system",
    "module inside a module": "import shutil\nshutil.os.system",
    "import by name": "import importlib\nimportlib.import_module('o' + 's').system",
    "dunder import": "__import__('os').system",
    "pydoc": "import pydoc\npydoc.locate('os.system')",
    "resolve_name": "import pkgutil\npkgutil.resolve_name('os:system')",
    "shell": "import subprocess\ndef f(): subprocess.run(x, shell=True)",
    "shell in a variable": "import subprocess\ns = True\ndef f(): subprocess.Popen(x, shell=s)",
    "getoutput": "import subprocess\ndef f(): subprocess.getoutput(x)",
    "asyncio shell": "import asyncio\nasync def f(): await asyncio.create_subprocess_shell(x)",
    "pty": "import pty\ndef f(): pty.spawn(x)",
    "eval": "def f(): return eval(x)",
    "eval that seems somebody else's": "def g(eval): pass\ndef f(): return eval(x)",
    "eval that is hidden in the module": "eval = eval\ndef f(): return eval(x)",
    "exec": "def f(): exec(x)",
    "exec of a decoded text": "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",
    "builtins": "import builtins\nbuiltins.exec",
    "dunder builtins": "__builtins__.__dict__['ev' + 'al']",
    "globals": "globals()['__builtins__']['exec']",
    "interpreter": "import code\ncode.InteractiveInterpreter()",
    "pickle": "import pickle\ndef f(): return pickle.loads(x)",
    "its class": "import pickle\nclass Mine(pickle.Unpickler): pass\ndef f(): return Mine(x)",
    "its C module": "import _pickle\ndef f(): return _pickle.loads(x)",
    "marshal": "import marshal\ndef f(): return marshal.loads(x)",
    "shelve": "import shelve\ndef f(): return shelve.open(x)",
    "dill": "import dill\ndef f(): return dill.loads(x)",
    "joblib": "import joblib\ndef f(): return joblib.load(x)",
    "numpy": "import numpy as np\ndef f(): return np.load(x, allow_pickle=True)",
    "torch": "import torch\ndef f(): return torch.load(x)",
    "yaml": "import yaml\ndef f(): return yaml.load(x)",
    "yaml with its loader": "import yaml\ndef f(): return yaml.load(x, Loader=yaml.Loader)",
    "yaml, class of its loader": (
        "import yaml\nclass L(yaml.UnsafeLoader): pass\ndef f(): return yaml.load(x, L)"
    ),
    "yaml, one of two loaders": (
        "import yaml\nL = yaml.SafeLoader if y else yaml.Loader\n"
        "def f(): return yaml.load(x, Loader=L)"
    ),
    "yaml, default loader": (
        "import yaml\ndef f(loader=yaml.Loader): return yaml.load(x, Loader=loader)"
    ),
    "yaml, unsafe": "import yaml\ndef f(): return yaml.unsafe_load(x)",
    "ctypes": "import ctypes\ndef f(): ctypes.CDLL(None).system(x)",
    "ctypes, its function": "from ctypes import cdll\ndef f(): cdll.LoadLibrary(x)",
    "ctypes, called in an annotation": "import ctypes\ndef f(x: ctypes.CDLL(None)): pass",
    "name of a type that is called": (
        "import os\nimport typing\nF: typing.TypeAlias = os.system\ndef f(): F('ls')"
    ),
    "exec in an annotation's call": "def f(x: print(exec('1'))): pass",
    "way up": "def f(): return ().__class__.__base__.__subclasses__()",
    "way up by name": "def f(): return getattr(().__class__.__mro__[1], '__subclasses__')()",
    "format": "def f(): return '{0.__init__.__globals__}'.format(x)",
    "process on import": "import subprocess\nsubprocess.run(['true'])",
    "process in a class": "import subprocess\nclass A:\n  y = subprocess.check_output(['true'])",
    "process in a default": "import subprocess\ndef f(y=subprocess.run(['true'])): pass",
    "process in a decorator": "import subprocess\n@subprocess.run([])\ndef f(): pass",
    "process through functions": (
        "import subprocess\ndef a(): subprocess.run([])\ndef b(): a()\nb()"
    ),
    "process when collected": "import subprocess\ndef pytest_configure(): subprocess.run([])",
    "not quite main": "import subprocess\nif __name__ != '__main__': subprocess.run([])",
    "download on import": "import requests\nrequests.get(x)",
    "connection on import": "import socket\nsocket.create_connection(x)",
}
NOTED = {
    "yaml with a loader from elsewhere": (
        "import yaml\nfrom .loaders import Mine\ndef f(): return yaml.load(x, Loader=Mine)"
    ),
    "yaml with a given loader": ("import yaml\ndef f(loader): return yaml.load(x, Loader=loader)"),
    "type of a library": "import ctypes\ndef f(library: ctypes.CDLL) -> None: pass",
    "type of several": "import ctypes\nx: list[ctypes.CDLL | None] = []",
    "name of a type": "import ctypes\nfrom typing import TypeAlias\nL: TypeAlias = ctypes.CDLL",
    "type of what comes back": "import pickle\ndef f() -> pickle.Unpickler: pass",
    "process": "import subprocess\ndef f(): subprocess.run([])",
    "fork": "import os\ndef f(): os.fork()",
    "exec of a program": "import os\ndef f(): os.execv(x, [])",
    "unknown receiver": "def f(o): o.popen(x)",
    "import by an unknown name": "import importlib\ndef f(): importlib.import_module(x)",
    "compile": "def f(): return compile(x, '', 'exec')",
    "network": "import socket",
    "constant by an unknown name": "import socket\ndef f(y): return getattr(socket, y, None)",
    "option by an unknown name": "import socket\ndef f(s, y): s.x(getattr(socket, f'SO_{y}'), 1)",
    "network through a library": "import httpx",
    "removal": "import shutil\ndef f(): shutil.rmtree(x)",
    "trace": "import sys\ndef f(): sys.settrace(x)",
    "frames": "def f(g): return g.gi_frame.f_back",
    "replaced function": "import os\ndef f(): os.open = x",
    "replaced module": "import sys\ndef f(): sys.modules['json'] = x",
    "whole environment": "import os\ndef f(): return dict(os.environ)",
    "secret of the environment": "import os\ndef f(): return os.environ['API_KEY']",
    "secret by getenv": "import os\ndef f(): return os.getenv('DB_PASSWORD')",
    "payload": "import base64\ndef f(): return base64.b64decode('" + "QUJD" * 20 + "')",
    "opaque text": "BLOB = '" + "x9" * 300 + "'",
    "place of secrets": "PATH = '/home/me/.ssh/id_rsa'",
    "address of the cloud's keys": "URL = 'http://169.254.169.254/latest'",
    "thread on import": "import threading\nthreading.Thread(target=f)",
    "folder on import": "import os\nos.makedirs('x')",
}
HONEST = {
    "pattern": "import re\nP = re.compile('x')",
    "logger": "import logging\nlog = logging.getLogger(__name__)",
    "method called eval": "def f(model): model.eval()",
    "method called system": "import platform\ndef f(): return platform.system()",
    "own compile": "def compile(x): return x\ny = compile(1)",
    "getattr of an object": "def f(o, name): return getattr(o, name, None)",
    "safe yaml": "import yaml\ndef f(): return yaml.safe_load(x)",
    "yaml with a safe loader": "import yaml\ndef f(): return yaml.load(x, Loader=yaml.SafeLoader)",
    "yaml, own loader": "import yaml\nclass L(yaml.SafeLoader): pass\nyaml.load(x, L)",
    "numpy": "import numpy\ndef f(): return numpy.load(x)",
    "torch": "import torch\ndef f(): return torch.load(x, weights_only=True)",
    "setting": "import os\nPORT = os.environ.get('PORT', '80')",
    "question": "import os\nX = 'CI' in os.environ",
    "documentation": "'''Never call os.system; see /etc/passwd and {0.__globals__}.'''",
    "main": "import sys\ndef main(): return 0\nif __name__ == '__main__': sys.exit(main())",
    "data class": "from dataclasses import dataclass\n@dataclass\nclass A:\n  x: int = 1",
    "long sentence": "TEXT = '" + "many words " * 100 + "'",
    "decoding": "import base64\ndef f(): return base64.b64decode(x)",
}


def seen(text: str) -> list[Seen]:
    return list(python.seen(text))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_reaches_out_in_disguise_is_refused(name: str) -> None:
    found = seen(REFUSED[name])
    assert any(one.refuses for one in found), found


@pytest.mark.parametrize("name", sorted(NOTED))
def test_what_a_person_must_read_is_noted_and_not_refused(name: str) -> None:
    found = seen(NOTED[name])
    assert found
    assert not [one for one in found if one.refuses]


@pytest.mark.parametrize("name", sorted(HONEST))
def test_honest_code_is_left_alone(name: str) -> None:
    assert seen(HONEST[name]) == []


def test_a_finding_says_where_what_and_why() -> None:
    (found,) = seen("import os\n\ndef f():\n    os.system(x)\n")
    assert (found.line, found.what) == (4, "uses os.system")
    assert "whatever stands in it" in found.why


@pytest.mark.parametrize(
    "text",
    [
        "y = " + "-" * 20_000 + "1",
        "def (",
        "x = '\0'",
        "type X = int | str[",
        "import os\nx = os\n" + "\n".join(f"x = x.a{n}" for n in range(40)) + "\nx = x.b\n",
    ],
    ids=["nesting", "no Python", "NUL", "newer Python", "names without an end"],
)
def test_what_no_reader_follows_is_refused_in_whatever_way_it_changes(text: str) -> None:
    (before,), (after,) = seen(text), seen(f"{text}\n# another")
    assert (before.rule, before.refuses) == ("unreadable", True)
    assert before.name != after.name


def test_names_are_followed_however_often_and_in_whatever_order_they_are_given_on() -> None:
    chain = "\n".join(f"def f{n}():\n  global a{n}\n  a{n} = a{n - 1}" for n in range(30, 0, -1))
    found = seen(f"import os\n{chain}\na0 = os\ndef go():\n  a30.system(x)")
    assert "uses os.system" in {one.what for one in found}


def test_a_name_among_many_is_not_lost() -> None:
    names = "abcdefghijklmn"
    imports = "\n".join(f"import {name}{name}\nx = {name}{name}" for name in names)
    found = seen(f"{imports}\nimport os\nx = os\ndef f():\n  x.system(y)")
    assert "uses os.system" in {one.what for one in found}
