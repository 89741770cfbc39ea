"""Which of AgentCore's services does this installation's configuration choose?"""

from django.conf import settings

from ports.agentcore.evaluator import HostedEvaluator
from ports.agentcore.interpreter import CodeInterpreter
from ports.agentcore.memory import Remembered
from ports.agentcore.options import AgentCore


def options() -> AgentCore:
    """Return the settings in force."""
    found: AgentCore = settings.SELFIMPROVE.agentcore
    return found


def memory() -> Remembered | None:
    """Return the memory where the settings name one; else nothing is kept or recalled there."""
    found = options()
    return Remembered(found) if found.enabled and found.memory_id else None


def interpreter() -> CodeInterpreter:
    """Return the code interpreter; where it is off, it says so when it is asked."""
    return CodeInterpreter(options())


def evaluator() -> HostedEvaluator | None:
    """Return the evaluator where the settings name one; else nobody there judges anything."""
    found = options()
    return HostedEvaluator(found) if found.enabled and found.evaluator_id else None
