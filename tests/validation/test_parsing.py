"""Can several threads read Python at once, and a forked process after them?"""

import ast
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from validation import parsing
from validation.parsing import parsed

CODE = "".join(f"def f{n}(a):\n    return [b for b in {{'c': ({n},)}}]\n" for n in range(200))


def test_threads_that_read_at_once_read_the_same() -> None:
    wanted = ast.dump(ast.parse(CODE))
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: ast.dump(parsed(CODE)), range(60))) == {wanted}


def test_what_is_no_python_is_said_to_be_none_and_leaves_the_turn_free() -> None:
    for text in ("def f(:", "x = (", "\x00"):
        with pytest.raises((SyntaxError, ValueError)):
            parsed(text)
    assert isinstance(parsed("x = 1"), ast.Module)


def test_warnings_of_foreign_code_are_not_ours(recwarn: pytest.WarningsRecorder) -> None:
    parsed('x = "\\d"\n')
    assert not list(recwarn)


def test_a_process_that_is_forked_while_somebody_reads_can_read() -> None:
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with parsing._turn:
            inside.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(20)
    child = os.fork()
    if child == 0:
        parsed("x = 1")
        os._exit(7)
    done.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
