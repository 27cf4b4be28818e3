"""Recurring work for Prometheus, read from the database when `/metrics` is asked: the fleet's figures, not this process's (OPS-09)."""

import logging
from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from signals.models import Workflow

log = logging.getLogger(__name__)


class WorkflowMetrics(Collector):
    """Counters per workflow since it first ran; rates and mean durations are made from them by whoever asks."""

    def describe(self) -> list[Metric]:
        return []  # so that registering asks nobody

    def collect(self) -> Iterator[Metric]:
        runs = CounterMetricFamily("batuta_workflow_runs", "Runs by outcome", labels=("workflow", "outcome"))
        seconds = CounterMetricFamily("batuta_workflow_seconds", "Time spent on all runs", labels=("workflow",))
        in_a_row = GaugeMetricFamily("batuta_workflow_failures_in_a_row", "0 while it works", labels=("workflow",))
        last = GaugeMetricFamily(
            "batuta_workflow_last_success_timestamp_seconds", "0: it never succeeded", labels=("workflow",)
        )
        for row in _rows():
            runs.add_metric((row.name, "success"), row.succeeded)
            runs.add_metric((row.name, "failure"), row.failed)
            seconds.add_metric((row.name,), row.total_ms / 1000)
            in_a_row.add_metric((row.name,), row.failures_in_a_row)
            last.add_metric((row.name,), row.last_success_at.timestamp() if row.last_success_at else 0)
        yield from (runs, seconds, in_a_row, last)


def _rows() -> list[Workflow]:
    try:
        return list(Workflow.objects.all())
    except DatabaseError as error:  # the process's own figures are to be had without a database
        log.warning("the workflows' figures could not be read: %r", error)
        return []


def register() -> None:
    """Once per process."""
    REGISTRY.register(WorkflowMetrics())
