"""Figures for Prometheus, read off the running parts when asked."""

import time
from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from web.services import Services, services

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    registry = CollectorRegistry()
    registry.register(LiveCollector(services()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class LiveCollector(Collector):
    """Turns the state of the services into metrics, at the moment they are asked for."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        live = self._services.live
        state = live.state()
        session = live.session
        minutes = max(1.0, time.time() - session.started) / 60
        counters = {
            "affectune_frames_grabbed": ("Frames the source delivered.", live.grabber.grabbed),
            "affectune_frames_analysed": ("Frames searched for faces.", live.recognition.analysed),
            "affectune_frames_published": ("Pictures encoded.", live.publisher.published),
            "affectune_source_losses": ("Times the source was lost.", live.grabber.losses),
            "affectune_mood_changes": ("Changes of the recognised mood.", session.changes),
            "affectune_mood_flaps": ("Changes taken back within 3 s.", session.flaps),
        }
        for name, (text, count) in counters.items():
            yield CounterMetricFamily(name, text, value=count)
        gauges = {
            "affectune_viewers": ("Open streams.", float(state.viewers)),
            "affectune_faces": ("Faces in the newest reading.", float(len(state.faces))),
            "affectune_source_fps": ("Measured rate of the source.", state.source.fps),
            "affectune_mood_flaps_per_minute": (
                "Flaps a minute since the start.",
                session.flaps / minutes,
            ),
        }
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(name, text, value=value)
        yield _stages(state.timings_ms)


def _stages(timings_ms: dict[str, float | None]) -> Metric:
    family = GaugeMetricFamily(
        "affectune_stage_seconds",
        "Median of the last 100 runs; frame_age is of the moment.",
        labels=["stage"],
    )
    for stage, milliseconds in timings_ms.items():
        if milliseconds is not None:
            family.add_metric([stage], milliseconds / 1000)
    return family
