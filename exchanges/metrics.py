"""The exchanges' standing for Prometheus, read from Redis when `/metrics` is asked."""

from collections.abc import Iterator

from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from exchanges.health import Standing, exchange_states

LABELS = ("exchange", "egress")


class ExchangeMetrics(Collector):
    """Gauges per exchange and egress address."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # so that registering asks nobody

    def collect(self) -> Iterator[GaugeMetricFamily]:
        running = GaugeMetricFamily("batuta_exchange_running", "1 while requests leave for the exchange", labels=LABELS)
        used = GaugeMetricFamily("batuta_exchange_budget_used_percent", "Of the exchange's own limit", labels=LABELS)
        requests = GaugeMetricFamily("batuta_exchange_requests_per_minute", "Requests in the last 60 s", labels=LABELS)
        errors = GaugeMetricFamily("batuta_exchange_errors_per_minute", "Failures in the last 60 s", labels=LABELS)
        skew = GaugeMetricFamily("batuta_exchange_clock_skew_ms", "The exchange's clock less ours", labels=LABELS)
        for state in exchange_states():
            labels = (state.exchange, state.egress)
            running.add_metric(labels, int(state.state is Standing.RUNNING))
            requests.add_metric(labels, state.requests_per_minute)
            errors.add_metric(labels, state.errors_per_minute)
            if state.used_percent is not None:
                used.add_metric(labels, int(state.used_percent))
            if state.clock_skew_ms is not None:
                skew.add_metric(labels, state.clock_skew_ms)
        yield from (running, used, requests, errors, skew)


def register() -> None:
    """Once per process."""
    REGISTRY.register(ExchangeMetrics())
