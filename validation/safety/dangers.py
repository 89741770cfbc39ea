"""Which functions of Python and its libraries may an agent's change not reach unseen, and why?"""

from dataclasses import dataclass
from functools import lru_cache

from validation.safety.reach import is_quiet

SHELL = "hands a text to a shell, which runs whatever stands in it"
PROCESS = "starts another program, which no check has read"
CODE = "runs text as code, which no reader and no check has seen"
UNPICKLE = "turns bytes into objects and runs what the bytes say on the way"
NATIVE = "calls machine code, past every limit that Python has"
INSIDE = "reaches into the interpreter, where running code and its limits can be changed"
NETWORK = "opens the network: data can leave, and code can come in"
ERASES = "removes files"
SERVES = "lets others reach in from the network"
TALKS = "talks to the network below or beside what the file used before"
STEERS = "steers other programs, or how this one is found and run"
RIGHTS = "changes who may do what with a file or a process"
UNCHECKED = "takes a check away: what comes in is not what was meant"
TEMPLATE = "runs what a text says as a template, which reaches objects behind it"
UNPACKS = "writes files where an archive says, which may be anywhere"
SILENT = "keeps what happens from being told"
SYSTEM = "acts on the process or the machine that it runs on"
NAMED = "imports by a name that is only known when it runs"


@dataclass(frozen=True)
class Danger:
    """Describe one kind of reach."""

    rule: str
    why: str
    refuses: bool = True
    once: bool = False


# The longest fitting name decides; one that ends in "." stands for everything in that module,
# one that ends in "*" for every name that begins like it.
_NAMES: tuple[tuple[Danger, tuple[str, ...]], ...] = (
    (
        Danger("shell", SHELL),
        (
            *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
            *("commands.getoutput", "commands.getstatusoutput", "pty.spawn", "platform.popen"),
            *("asyncio.create_subprocess_shell", "asyncio.subprocess.create_subprocess_shell"),
            *("os.popen2", "os.popen3", "os.popen4"),
        ),
    ),
    (
        Danger("process", PROCESS, refuses=False),
        (
            *("os.exec*", "os.spawn*", "os.posix_spawn*", "os.startfile", "os.fork*"),
            *("subprocess.Popen", "subprocess.run", "subprocess.call", "subprocess.check_call"),
            *("subprocess.check_output", "_posixsubprocess.", "asyncio.create_subprocess_exec"),
            *("multiprocessing.Process", "pexpect.", "plumbum.", "invoke.run"),
        ),
    ),
    (
        Danger("dynamic-code", CODE),
        (
            *("builtins.eval", "builtins.exec", "builtins.__import__"),
            *("code.Interactive*", "code.interact", "imp.load_*", "idlelib."),
        ),
    ),
    (
        Danger("dynamic-code", CODE, refuses=False),
        (
            *("builtins.compile", "runpy.", "codeop.", "timeit.timeit", "timeit.repeat", "imp."),
            *("timeit.Timer", "zipimport.", "importlib.util.spec_from_*", "importlib.machinery."),
            *("doctest.run*", "pdb.run*", "cProfile.run", "profile.run", "importlib.abc."),
            *("pkgutil.resolve_name", "pydoc.locate", "site.addsitedir", "sys.meta_path"),
            *("sys.path_hooks", "importlib.reload", "logging.config.dictConfig"),
            *("logging.config.fileConfig", "logging.config.listen"),
        ),
    ),
    (
        Danger("deserialise", UNPICKLE),
        (
            *("pickle.load*", "pickle.Unpickler", "pickle._load*", "pickle._Unpickler"),
            *("_pickle.load*", "_pickle.Unpickler", "cPickle.load*", "cPickle.Unpickler"),
            *("marshal.load*", "shelve.open", "shelve.Shelf", "shelve.DbfilenameShelf"),
            *("dill.", "cloudpickle.load*", "joblib.load", "sklearn.externals.joblib.load"),
            *("jsonpickle.decode", "pandas.read_pickle", "torch.load", "numpy.load"),
            *("yaml.load", "yaml.load_all", "yaml.unsafe_load*", "ruamel.yaml.load"),
        ),
    ),
    (
        Danger("deserialise", UNPICKLE, refuses=False),
        (
            *("yaml.Loader", "yaml.CLoader", "yaml.UnsafeLoader", "yaml.FullLoader"),
            *("yaml.full_load*", "marshal.", "shelve."),
        ),
    ),
    (
        Danger("native", NATIVE),
        (
            *("ctypes.CDLL", "ctypes.PyDLL", "ctypes.WinDLL", "ctypes.OleDLL", "ctypes.cdll"),
            *("ctypes.pydll", "ctypes.windll", "ctypes.oledll", "ctypes.pythonapi"),
            *("ctypes.LibraryLoader", "_ctypes.", "cffi.", "sys.setdlopenflags", "pyximport."),
        ),
    ),
    (
        Danger("native", NATIVE, refuses=False, once=True),
        ("ctypes.", "mmap.mmap", "fcntl.ioctl", "os.memfd_create"),
    ),
    (
        Danger("interpreter", INSIDE, refuses=False),
        (
            *("sys.settrace", "sys.setprofile", "sys._getframe*", "sys._current_frames"),
            *("sys.modules", "sys.addaudithook", "sys.monitoring.", "types.CodeType"),
            *(
                "types.FunctionType",
                "gc.get_objects",
                "gc.get_referrers",
                "bdb.",
                "atexit.register",
            ),
            *("inspect.currentframe", "inspect.stack", "threading.settrace", "faulthandler."),
            *("threading.setprofile", "sys.excepthook", "sys.unraisablehook", "sys.displayhook"),
            *("signal.setitimer", "builtins.__build_class__"),
        ),
    ),
    (
        Danger("network", NETWORK, refuses=False, once=True),
        (
            *("urllib.request.", "http.client.", "xmlrpc.client.", "requests.", "httpx."),
            *("aiohttp.", "urllib3.", "websockets.", "websocket.", "boto3.", "pycurl.", "grpc."),
        ),
    ),
    (
        Danger("talks", TALKS, refuses=False, once=True),
        (
            *("socket.", "ftplib.", "smtplib.", "telnetlib.", "poplib.", "imaplib.", "nntplib."),
            *("paramiko.", "asyncio.open_connection", "asyncio.open_unix_connection", "zmq."),
            *("logging.handlers.", "logging.FileHandler", "http.cookiejar.", "ssl.get_server*"),
            *("dns.", "webbrowser.", "multiprocessing.connection.", "ssl.wrap_socket"),
        ),
    ),
    (
        Danger("serves", SERVES, refuses=False, once=True),
        (
            *("http.server.", "socketserver.", "xmlrpc.server.", "wsgiref.simple_server."),
            *("asyncio.start_server", "asyncio.start_unix_server", "smtpd.", "uvicorn.run"),
            *("socket.create_server", "werkzeug.serving.run_simple", "waitress.serve"),
        ),
    ),
    (
        Danger("steers", STEERS, refuses=False, once=True),
        (
            *("os.kill", "os.killpg", "os.putenv", "os.unsetenv", "os.environ.update"),
            *("os.environ.setdefault", "sys.path.insert", "sys.path.append", "sys.path.extend"),
            *("sys.path.remove", "signal.signal", "signal.pthread_kill", "os.setpriority"),
            *("site.addpackage", "sys.setrecursionlimit", "os.nice", "weakref.finalize"),
        ),
    ),
    (
        Danger("rights", RIGHTS, refuses=False, once=True),
        (
            *("os.chmod", "os.fchmod", "os.lchmod", "os.chown", "os.lchown", "os.fchown"),
            *("os.umask", "os.setuid", "os.setgid", "os.setgroups", "os.chroot"),
            *("os.mkfifo", "os.mknod", "pathlib.Path.chmod", "pathlib.Path.lchmod", "os.symlink"),
        ),
    ),
    (
        Danger("unchecked", UNCHECKED, refuses=False),
        (
            *("ssl._create_unverified_context", "ssl.CERT_NONE", "urllib3.disable_warnings"),
            *("ssl._create_default_https_context", "django.views.decorators.csrf.csrf_exempt"),
        ),
    ),
    (
        Danger("template", TEMPLATE, refuses=False, once=True),
        (
            *("jinja2.Template", "jinja2.Environment.from_string", "mako.template.Template"),
            *("django.template.Template", "flask.render_template_string", "chevron.render"),
        ),
    ),
    (
        Danger("unpacks", UNPACKS, refuses=False, once=True),
        (*("shutil.unpack_archive", "tarfile.TarFile.extractall", "zipfile.ZipFile.extractall"),),
    ),
    (
        Danger("silent", SILENT, refuses=False),
        ("logging.disable", "logging.shutdown"),
    ),
    (
        Danger("erases", ERASES, refuses=False, once=True),
        (
            *("shutil.rmtree", "os.remove", "os.unlink", "os.rmdir", "os.removedirs"),
            *("os.truncate", "pathlib.Path.unlink", "pathlib.Path.rmdir", "shutil.move"),
        ),
    ),
    (Danger("system", SYSTEM, refuses=False, once=True), ("os.", "sys.")),
    (
        Danger("dynamic-import", NAMED, refuses=False),
        ("importlib.import_module", "importlib.__import__"),
    ),
)
DANGERS = {name: danger for danger, names in _NAMES for name in names}
# A module of theirs must not be asked for a function by a name that is put together at run time.
GUARDED = frozenset(
    {
        *(
            "os",
            "subprocess",
            "builtins",
            "sys",
            "importlib",
            "ctypes",
            "pickle",
            "marshal",
            "code",
        ),
        *("globals", "pty", "shutil", "socket", "types", "runpy", "imp"),
    }
)
# One of them that runs nothing itself, but holds modules that do: what is picked may be those.
HOLDING = {"socket": ("os", "sys")}
# What only such objects have, so that the attribute tells even when the object is not known.
TELLING = frozenset(
    {
        *(
            "popen",
            "popen2",
            "popen3",
            "getoutput",
            "getstatusoutput",
            "execv",
            "execve",
            "execvp",
        ),
        *("execl", "execlp", "execle", "execvpe", "execlpe", "spawnl", "spawnv", "spawnve"),
        *(
            "spawnvp",
            "spawnlp",
            "spawnle",
            "posix_spawn",
            "posix_spawnp",
            "create_subprocess_shell",
        ),
    }
)


@lru_cache(maxsize=20_000)
def find(name: str) -> Danger | None:
    """Return what is known of a dotted name, by its longest fitting description."""
    if is_quiet(name):
        return None
    if name in DANGERS:
        return DANGERS[name]
    begins = [
        known
        for known in DANGERS
        if (known.endswith(".") and (f"{name}.".startswith(known)))
        or (known.endswith("*") and name.startswith(known[:-1]))
        or name.startswith(f"{known}.")
    ]
    return DANGERS[max(begins, key=len)] if begins else None
