"""What is kept of a question, so that people can see what went in?"""

from collections.abc import Iterable
from dataclasses import asdict

from evaluation.asking import sampling
from evaluation.asking.material import Material
from evaluation.cases import Case
from evaluation.models import Asked, Evaluation, SpokenTo
from personas.addressed import addressed
from telemetry.sanitizer import sanitize

MOST_SPOKEN_TO = 50


def keep_asked(evaluation: Evaluation, asked: Material) -> Asked:
    """Keep the counts of a question before it is asked: they are true even if no answer comes."""
    return Asked.objects.create(
        evaluation=evaluation,
        prompt=f"{asked.prompt.persona} {asked.prompt.version}",
        prompt_digest=asked.prompt.digest,
        characters=len(asked.prompt.text) + len(asked.text),
        tokens_estimated=asked.tokens,
        **asdict(asked.account),
    )


def keep_spoken_to(evaluation: Evaluation, cases: Iterable[Case]) -> None:
    """Keep what in the evidence speaks to a model, once per pattern and kind."""
    found: dict[tuple[int, str], SpokenTo] = {}
    for number, case in enumerate(cases):
        texts = list(sampling.texts_of(case))
        if number < sampling.MOST_CLUSTERS:
            texts += [one.text for one in sampling.exemplars(case)]
        for passage in (one for text in texts for one in addressed(text)):
            found.setdefault(
                (case.pattern.pk, passage.kind),
                SpokenTo(
                    evaluation=evaluation,
                    pattern=case.pattern,
                    kind=passage.kind,
                    text=sanitize(passage.text)[0][:300],
                ),
            )
    SpokenTo.objects.bulk_create(list(found.values())[:MOST_SPOKEN_TO])
