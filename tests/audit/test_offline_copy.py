"""Does the program that ships alone judge a copy of a log, and one proof, rightly?"""

import ast
import json
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from audit import notes
from audit.log import moment
from audit.notes import Signer
from tests.audit.copies import START, VERIFIER, Made, change, judge, put, told

SIZES = (1, 100, 256, 300, 512)


def made(count: int = 600) -> Made:
    log = Made()
    log.write(count - 1)
    log.write(reason="A reason, with ü and\na second line")
    return log


def test_it_needs_no_newer_python_than_it_says_and_nothing_of_ours() -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {path.name for path in VERIFIER.parents[2].iterdir() if path.is_dir()}
    assert not {name.split(".")[0] for name in names} & (ours | {"django"})


def test_a_sound_copy_is_as_it_was_recorded(tmp_path: Path) -> None:
    log = made()
    copy = log.copy(tmp_path / "copy", sizes=SIZES)
    found = told(copy, "--log-key", str(log.log_key.key))
    assert found["exit"] == 0
    assert found["size"] == 600
    assert found["counts"] == {
        "checkpoints": 7,
        "entries": 600,
        "signatures": 600,
        "payloads given": 1,
    }
    assert found["unchecked"] == ["what was published: --git"]
    assert found["remarks"] == found["wrong"] == found["gone"] == []


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 511, 512, 513])
def test_every_ragged_end_is_as_it_was_recorded(tmp_path: Path, count: int) -> None:
    assert judge(made(count).copy(tmp_path / "copy", sizes=[1])).code == 0


def test_a_key_of_the_copy_itself_is_told_to_prove_little(tmp_path: Path) -> None:
    answer = judge(made(3).copy(tmp_path / "copy"))
    assert answer.code == 0
    assert "compare it with one you trust" in answer.said


def test_another_key_than_the_log_s_makes_everything_wrong(tmp_path: Path) -> None:
    copy = made(3).copy(tmp_path / "copy")
    other = Signer.make("selfimprove/0badcafe").key
    answer = judge(copy, "--log-key", str(other))
    assert answer.code == 1
    assert "signed by no key of this log" in answer.said


def test_entries_from_a_size_on_are_judged_and_it_says_which_were_not(tmp_path: Path) -> None:
    copy = made().copy(tmp_path / "copy", sizes=SIZES)
    found = told(copy, "--since", "513")
    assert (found["exit"], found["counts"]["entries"]) == (0, 88)
    assert "the entries before and around, but for their hashes" in found["unchecked"]
    change(copy / "tile/entries/000", lambda content: content.replace(b"ada", b"eve", 1))
    assert told(copy, "--since", "513")["exit"] == 0
    assert told(copy, "--since", "255")["wrong"][0][0] == "leaf 0"


def test_one_entry_is_shown_with_its_text_and_signature(tmp_path: Path) -> None:
    log = made()
    uid = log.write(subject="proposal:\x1b[31m99")
    log.write(3)
    copy = log.copy(tmp_path / "copy", sizes=SIZES)
    answer = judge(copy, "--entry", uid)
    assert answer.code == 0
    assert "leaf 600: " in answer.said
    assert "proposal:" in answer.said
    assert "\x1b" not in answer.said  # who wrote it must not write to the reader's terminal
    absent = told(copy, "--entry", "00000000-0000-4000-8000-ffffffffffff")
    assert (absent["exit"], absent["gone"]) == (2, ["entry 00000000-0000-4000-8000-ffffffffffff"])


def test_an_erased_payload_is_told_and_is_nothing_wrong(tmp_path: Path) -> None:
    log = made(5)
    log.payloads.clear()
    found = told(log.copy(tmp_path / "copy"))
    assert (found["exit"], found["counts"]["payloads erased or not given"]) == (0, 1)
    without = told(log.copy(tmp_path / "without", payloads=False))
    assert (without["exit"], without["counts"]["payloads erased or not given"]) == (0, 1)


def test_a_clock_that_went_back_is_remarked_and_is_nothing_wrong(tmp_path: Path) -> None:
    log = made(256)
    log.write(at="2026-11-20T01:00:00.000000Z")
    found = told(log.copy(tmp_path / "copy"), "--log-key", str(log.log_key.key))
    assert found["exit"] == 0
    assert "a clock went back" in found["remarks"][0]


@pytest.mark.parametrize(
    "name",
    [
        "checkpoint",
        "policy",
        "keys",
        "tile/0/001",
        "tile/1/000.p/2",
        "tile/entries/001",
        "signatures/002.p/88",
    ],
)
def test_a_copy_that_lacks_a_file_is_incomplete_and_no_tampering(
    tmp_path: Path, name: str
) -> None:
    copy = made().copy(tmp_path / "copy", sizes=SIZES)
    (copy / name).unlink()
    found = told(copy)
    assert found["exit"] == 2, found
    assert any(name in gone for gone in found["gone"])


def test_the_signatures_may_be_left_out_and_it_says_so(tmp_path: Path) -> None:
    copy = made(3).copy(tmp_path / "copy")
    shutil.rmtree(copy / "signatures")
    assert told(copy)["exit"] == 2
    found = told(copy, "--without-signatures")
    assert found["exit"] == 0
    assert "the signatures of the writers" in found["unchecked"]


@pytest.mark.parametrize(
    "words",
    [["--nope"], ["--since", "-1"], ["--since", "x"], ["--log-key", "nonsense"], []],
)
def test_wrong_usage_is_not_taken_for_an_answer(tmp_path: Path, words: list[str]) -> None:
    answer = judge(made(3).copy(tmp_path / "copy"), *words) if words else judge(tmp_path / "not")
    assert answer.code == 3
    assert answer.said == ""
    assert "Traceback" not in answer.complained


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=log", "-c", "user.email=log@example.net"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def publish(folder: Path, *notes: str) -> Path:
    folder.mkdir()
    git(folder, "init", "-q", "-b", "selfimprove/log")
    for number, note in enumerate(notes):
        (folder / "checkpoint").write_text(note, encoding="utf-8")
        git(folder, "add", "checkpoint")
        git(folder, "commit", "-qm", f"{number}", "--allow-empty")
    return folder


def test_what_was_published_in_git_is_compared(tmp_path: Path) -> None:
    log = made(40)
    copy = log.copy(tmp_path / "copy")
    fits = publish(tmp_path / "fits", log.note(7), log.note(20), log.note())
    assert told(copy, "--git", str(fits))["counts"]["checkpoints in git"] == 3
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "-b", "selfimprove/log", str(fits), str(clone)], check=True
    )
    git(clone, "checkout", "-qb", "elsewhere")
    git(clone, "branch", "-D", "selfimprove/log")
    assert told(copy, "--git", str(clone))["exit"] == 0


def test_a_history_that_was_rewritten_after_it_was_published_is_noticed(tmp_path: Path) -> None:
    log = made(40)
    published = publish(tmp_path / "git", log.note(7), log.note(20))
    other = Made(log_key=log.log_key, writer=log.writer)  # with the real keys
    other.write(6)
    other.write(34, subject="proposal:8")
    found = told(other.copy(tmp_path / "copy"), "--git", str(published))
    assert found["exit"] == 1
    assert found["wrong"][0][0] == "checkpoint 7"


def test_two_signed_roots_for_one_size_are_a_fork(tmp_path: Path) -> None:
    log = made(40)
    other = Made(log_key=log.log_key, writer=log.writer)
    other.write(40, subject="proposal:8")
    published = publish(tmp_path / "git", other.note())
    found = told(log.copy(tmp_path / "copy"), "--git", str(published))
    assert found["exit"] == 1
    assert "a fork" in found["wrong"][0][1]


def test_a_copy_that_ends_before_what_was_published_is_incomplete(tmp_path: Path) -> None:
    log = made(40)
    published = publish(tmp_path / "git", log.note())
    del log.bodies[30:], log.signatures[30:], log.payloads[:]
    found = told(log.copy(tmp_path / "copy"), "--git", str(published))
    assert found["exit"] == 2
    assert "the log was cut off" in found["gone"][0]


def test_a_repository_without_the_branch_is_missing_and_no_tampering(tmp_path: Path) -> None:
    copy = made(3).copy(tmp_path / "copy")
    (tmp_path / "git").mkdir()
    assert told(copy, "--git", str(tmp_path / "git"))["exit"] == 2
    assert told(copy, "--git", str(tmp_path / "none"))["exit"] == 2


def test_a_new_key_of_the_log_is_followed_from_the_old_one_and_back(tmp_path: Path) -> None:
    log = made(20)
    old, new = log.log_key, Signer.make(log.log_key.name)
    before = log.note(20)
    log.say(f"log-key\n{old.key}\n{new.key}\n20", old, new)
    log.write(10)
    log.log_key = new
    copy = log.copy(tmp_path / "copy")
    put(copy / "checkpoints/000", f"{before}\n{log.note()}\n".encode())
    for key in (old, new):
        assert told(copy, "--log-key", str(key.key))["exit"] == 0
    late = log.note(25, old)
    put(copy / "checkpoints/000", f"{before}\n{late}\n{log.note()}\n".encode())
    assert told(copy, "--log-key", str(new.key))["wrong"][0][0] == "checkpoints/000"


def test_a_log_that_goes_on_under_another_name_is_followed(tmp_path: Path) -> None:
    log = made(20)
    old, new = log.log_key, Signer.make("selfimprove/11111111")
    before = log.note(20)
    log.say(f"log-key\n{old.key}\n{new.key}\n20", old, new)
    log.write(10)
    log.log_key = new
    copy = log.copy(tmp_path / "copy")
    put(copy / "checkpoints/000", f"{before}\n{log.note()}\n".encode())
    for key in (old, new):
        assert told(copy, "--log-key", str(key.key))["exit"] == 0
    other = Signer.make("selfimprove/22222222")  # a stranger's log, with the same writer
    log.keys.append(notes.sign(f"{other.name}/writer\n{log.writer.key}\n", new))
    assert told(log.copy(tmp_path / "mixed"), "--log-key", str(new.key))["exit"] == 1


def test_a_change_of_the_log_s_key_that_only_one_signed_is_refused(tmp_path: Path) -> None:
    log = made(20)
    old, new = log.log_key, Signer.make(log.log_key.name)
    log.say(f"log-key\n{old.key}\n{new.key}\n20", new)
    log.log_key = new
    assert told(log.copy(tmp_path / "copy"), "--log-key", str(old.key))["exit"] == 1


def test_a_writer_that_nobody_vouched_for_or_that_was_revoked_is_noticed(tmp_path: Path) -> None:
    log = made(20)
    stranger = Signer.make("writer/elsewhere/87654321")
    log.writer, log.session, log.before = stranger, "f" * 16, (0, "")
    log.write()
    found = told(log.copy(tmp_path / "copy"))
    assert (found["exit"], found["wrong"][0][0]) == (1, "leaf 20")
    assert "nobody vouches for its writer" in found["wrong"][0][1]
    log.endorse(stranger)
    assert told(log.copy(tmp_path / "known"))["exit"] == 0
    log.say(f"writer-revoked\n{stranger.key}\n20")
    assert "was revoked" in told(log.copy(tmp_path / "revoked"))["wrong"][0][1]


def test_an_entry_that_a_database_owner_added_is_noticed(tmp_path: Path) -> None:
    log = made(20)
    forged = json.loads(log.bodies[-1]) | {"event": "proposal.approved", "wseq": 21}
    forged["wprev"] = log.before[1]
    log.add(
        json.dumps(forged, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        Signer.make("x"),
    )
    found = told(log.copy(tmp_path / "copy"))
    assert (found["exit"], found["wrong"][0][0]) == (1, "leaf 20")
    assert "does not hold" in found["wrong"][0][1]


def test_an_entry_taken_from_the_middle_before_it_was_sealed_is_noticed(tmp_path: Path) -> None:
    log = made(20)
    del log.bodies[7], log.signatures[7]
    found = told(log.copy(tmp_path / "copy"))
    # The tree does not tell whether it is sealed later; an hour on, it would have been.
    assert (found["exit"], found["wrong"]) == (2, [])
    assert "entry 8 of 'writer/host/12345678#0123456789abcdef'" in found["gone"][0]
    log.write(at=moment(START + timedelta(hours=2)))
    found = told(log.copy(tmp_path / "later"))
    assert (found["exit"], found["wrong"][0][0]) == (1, "leaf 7")


def test_entries_may_be_sealed_in_another_order_than_they_were_written(tmp_path: Path) -> None:
    log = made(300)
    for index in (7, 255):
        log.bodies.append(log.bodies.pop(index))
        log.signatures.append(log.signatures.pop(index))
    assert told(log.copy(tmp_path / "copy"))["exit"] == 0
    log.bodies[7], log.bodies[8] = log.bodies[8], log.bodies[7]
    log.signatures[7], log.signatures[8] = log.signatures[8], log.signatures[7]
    assert told(log.copy(tmp_path / "swapped"))["exit"] == 0


def test_an_entry_that_stands_in_for_another_of_its_writer_is_noticed(tmp_path: Path) -> None:
    log = made(20)
    other = json.loads(log.bodies[7]) | {"subject": "proposal:8"}
    log.bodies[7] = json.dumps(other, sort_keys=True, separators=(",", ":"))
    log.signatures[7] = log.writer.sign(log.leaves()[7])  # with the writer's real key
    found = told(log.copy(tmp_path / "copy"))
    assert (found["exit"], found["wrong"][0][0]) == (1, "leaf 8")
    assert "does not follow" in found["wrong"][0][1]


def test_a_chain_is_followed_from_one_bundle_to_the_next(tmp_path: Path) -> None:
    log = made(300)
    del log.bodies[256], log.signatures[256]
    log.write(at=moment(START + timedelta(hours=2)))
    assert told(log.copy(tmp_path / "copy"))["wrong"][0][0] == "leaf 256"


def test_many_bundles_are_judged_by_several_processes(tmp_path: Path) -> None:
    log = made(16 * 256 + 5)
    copy = log.copy(tmp_path / "copy", sizes=[300])
    assert told(copy)["exit"] == 0
    change(copy / "tile/entries/007", lambda content: content.replace(b"ada", b"eve", 1))
    found = told(copy)
    assert [where for where, _ in found["wrong"]] == [f"leaf {7 * 256}"]


def test_a_proof_is_judged_alone(tmp_path: Path) -> None:
    from tests.audit.proofs import proof_of

    log = made(300)
    for index in (0, 255, 256, 299):
        path = tmp_path / f"{index}.tlog-proof"
        path.write_text(proof_of(log, index), encoding="utf-8")
        answer = judge(path, "--log-key", str(log.log_key.key))
        assert answer.code == 0, answer
        assert f"leaf {index}: " in answer.said


def test_a_copy_with_unreadable_files_is_not_taken_for_a_sound_one(tmp_path: Path) -> None:
    copy = made(3).copy(tmp_path / "copy")
    os.mkfifo(copy / "other")
    (copy / "tile/0/000.p/3").unlink()
    os.mkfifo(copy / "tile/0/000.p/3")
    assert told(copy)["exit"] == 1
