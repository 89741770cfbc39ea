"""How much comes in, what becomes of it and what is behind, as Prometheus reads it?"""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from targets.models import Target
from telemetry.collecting.states import state_of
from telemetry.doors.entry import door
from telemetry.doors.models import DoorTally, Scope, Token
from telemetry.doors.views import refused
from telemetry.models import Pattern, Source
from telemetry.storing import busy

OUTCOMES = ("accepted", "duplicates", "dropped", "rejected")


@door("metrics", Scope.METRICS, refused, method="GET")
def metrics(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Show the counts of the token's target, in the format that the scraper asks for."""
    registry = CollectorRegistry()
    registry.register(_OfTarget(token.target, now))
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=kind)


class _OfTarget(Collector):
    """Read what is counted in the database: every process of ours gives the same answer."""

    def __init__(self, target: Target, now: datetime) -> None:
        """Remember whose counts are asked for."""
        self.target, self.now = target, now

    def describe(self) -> Iterator[Metric]:
        """Name nothing ahead: the registry lives for one answer."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        yield from self._doors()
        yield from self._sources()
        yield from self._patterns()

    def _doors(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "selfimprove_ingest_requests", "Requests that were read.", labels=("target", "door")
        )
        refusals = CounterMetricFamily(
            "selfimprove_ingest_refused_requests",
            "Requests that were turned away whole.",
            labels=("target", "door"),
        )
        items = CounterMetricFamily(
            "selfimprove_ingest_items",
            "What requests held, by what became of it; accepted is stored.",
            labels=("target", "door", "outcome"),
        )
        sums = [Sum(name) for name in ("requests", "refused", *OUTCOMES)]
        doors = DoorTally.objects.filter(token__target=self.target).order_by("door")
        for door_, read, refused_, *became in doors.values_list("door").annotate(*sums):
            labels = (self.target.slug, door_)
            requests.add_metric(labels, read)
            refusals.add_metric(labels, refused_)
            for outcome, count in zip(OUTCOMES, became, strict=True):
                items.add_metric((*labels, outcome), count)
        yield from (requests, refusals, items)

    def _sources(self) -> Iterator[Metric]:
        named = ("target", "backend", "location")
        lines = CounterMetricFamily(
            "selfimprove_source_lines",
            "Lines of collected logs, by what became of them.",
            labels=(*named, "outcome"),
        )
        behind = GaugeMetricFamily(
            "selfimprove_source_behind_bytes", "What is still to be read.", labels=named
        )
        state = GaugeMetricFamily(
            "selfimprove_source_state", "1 for the state of the source.", labels=(*named, "state")
        )
        for source in Source.objects.filter(target=self.target).order_by("pk"):
            labels = (self.target.slug, source.backend, source.location)
            lines.add_metric((*labels, "read"), source.read_count)
            lines.add_metric((*labels, "stored"), source.stored_count)
            lines.add_metric((*labels, "refused"), source.refused_count)
            if source.behind_bytes is not None:
                behind.add_metric(labels, source.behind_bytes)
            state.add_metric((*labels, state_of(source, self.now).condition.value), 1)
        yield from (lines, behind, state)

    def _patterns(self) -> Iterator[Metric]:
        patterns = GaugeMetricFamily(
            "selfimprove_patterns", "Failure patterns, by state.", labels=("target", "state")
        )
        found = Pattern.objects.filter(target=self.target, merged_into=None).order_by("state")
        for state, count in found.values_list("state").annotate(Count("pk")):
            patterns.add_metric((self.target.slug, state), count)
        yield patterns
        late = GaugeMetricFamily(
            "selfimprove_ingest_behind",
            "1 while so many failures wait to be grouped that doors answer 503.",
            labels=("target",),
        )
        limit = settings.SELFIMPROVE.telemetry.most_ungrouped
        behind = busy.ungrouped_at_least(self.target, limit, self.now)
        late.add_metric((self.target.slug,), int(behind))
        yield late
