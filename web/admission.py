"""How much this server does at once; an application has limits of its own."""

from dataclasses import dataclass, field

from core.admission import AdmissionControl

MAX_ANALYSES = 2
"""Photos and voices read side by side: as many as there are cores, which the video shares."""
MAX_ANALYSES_ADMITTED = 8
"""Requests that may hold an upload in memory, those that are read among them."""
ANALYSIS_QUEUE_TIMEOUT_S = 20.0
MAX_IMPORTS_ADMITTED = 4
"""Lists held in memory, the one being read among them."""
IMPORT_QUEUE_TIMEOUT_S = 30.0
MAX_PICTURES = 2
"""Pictures of all browsers read at once: the cores are shared with the video."""
PICTURE_QUEUE_TIMEOUT_S = 2.0
"""An older picture is not worth reading."""


def admit_analyses() -> AdmissionControl:
    """Make the limit on photos and voices, those of the live microphone among them."""
    busy = "This computer is busy with other photos and voices."
    return AdmissionControl(
        max_admitted=MAX_ANALYSES_ADMITTED,
        max_concurrent=MAX_ANALYSES,
        queue_timeout_s=ANALYSIS_QUEUE_TIMEOUT_S,
        full=busy,
        late=busy,
    )


def admit_imports() -> AdmissionControl:
    """Make the limit on lists of songs: the library takes one at a time."""
    return AdmissionControl(
        max_admitted=MAX_IMPORTS_ADMITTED,
        max_concurrent=1,
        queue_timeout_s=IMPORT_QUEUE_TIMEOUT_S,
        full="Other lists are waiting; try again in a minute.",
        late="Another list is being read; try again in a minute.",
    )


def admit_pictures() -> AdmissionControl:
    """Make the limit on the pictures of browsers' cameras; each sends one at a time."""
    busy = "This computer is busy reading other pictures."
    return AdmissionControl(
        max_admitted=None,
        max_concurrent=MAX_PICTURES,
        queue_timeout_s=PICTURE_QUEUE_TIMEOUT_S,
        full=busy,
        late=busy,
    )


@dataclass(frozen=True, kw_only=True)
class Admissions:
    """The limits of one application."""

    analyses: AdmissionControl = field(default_factory=admit_analyses)
    imports: AdmissionControl = field(default_factory=admit_imports)
    pictures: AdmissionControl = field(default_factory=admit_pictures)
