"""Are a model's failures retried as often, and as long, as agreed?"""

from collections.abc import Callable

import pytest

from ports.llm import PermanentError, Reply, Request, TemporaryError
from ports.llm.attempts import Patience, persevere
from ports.llm.scripted import ScriptedModel

REQUEST = Request(model="m", system="s", prompt="p", max_tokens=10)


def patience(slept: list[float], *, deadline: float = 600.0, spread: float = 0.0) -> Patience:
    return Patience(
        sleep=slept.append,
        clock=lambda: sum(slept),
        spread=lambda: spread,
        deadline_seconds=deadline,
    )


def asking(model: ScriptedModel) -> Callable[[float], Reply]:
    return lambda end: model.complete(REQUEST)


def test_waits_are_shortened_by_at_most_a_quarter() -> None:
    slept: list[float] = []
    model = ScriptedModel([TemporaryError("busy", ""), TemporaryError("busy", ""), "ok"])
    persevere(asking(model), patience(slept, spread=1.0))
    assert slept == [0.75, 3.0]


def test_a_call_ends_at_its_deadline_whatever_is_left_to_try() -> None:
    slept: list[float] = []
    model = ScriptedModel([TemporaryError("busy", "")] * 4)
    with pytest.raises(TemporaryError) as caught:
        persevere(asking(model), patience(slept, deadline=4.0))
    assert caught.value.kind == "deadline"
    assert [str(one) for one in caught.value.attempts] == ["busy", "busy"]
    assert slept == [1.0]


def test_a_permanent_failure_after_temporary_ones_remembers_them() -> None:
    model = ScriptedModel([TemporaryError("busy", ""), PermanentError("denied", "no")])
    with pytest.raises(PermanentError) as caught:
        persevere(asking(model), patience([]))
    assert [str(one) for one in caught.value.attempts] == ["busy", "denied"]


def test_a_defect_of_ours_is_not_mistaken_for_a_failing_provider() -> None:
    def broken(end: float) -> Reply:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        persevere(broken, patience([]))


def test_a_script_answers_in_order_and_then_refuses() -> None:
    model = ScriptedModel(["one", "two"])
    assert [model.complete(REQUEST).text for _ in range(2)] == ["one", "two"]
    with pytest.raises(PermanentError, match="2 answers"):
        model.complete(REQUEST)
    assert [request.prompt for request in model.requests] == ["p", "p", "p"]


def test_a_scripted_answer_is_labelled_and_counts_no_tokens() -> None:
    model = ScriptedModel(["one"])
    reply = model.complete(REQUEST)
    assert (model.engine, reply.model) == ("scripted", "scripted")
    assert (reply.input_tokens, reply.output_tokens, reply.cached_tokens) == (0, 0, 0)
