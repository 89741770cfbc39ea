"""Who plans, builds and reviews: code fixers, or the agents that are declared."""

from importlib import import_module

from generations.models import Generation
from generations.phases.shape import Engine

# Loaded when they are asked: a page that lists generations needs neither.
ENGINES = {
    "embedded": "generations.engines.embedded",
    "model": "generations.engines.modelled",
}


def chosen(generation: Generation) -> Engine:
    """Return the engine that a generation was asked to use."""
    engine: Engine = import_module(ENGINES[generation.writer]).ENGINE
    return engine
