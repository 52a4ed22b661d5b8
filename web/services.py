"""What the views work with: made by `web.assemble`, found through the application."""

import secrets
from dataclasses import dataclass, field

from flask import current_app

from camera import LiveCamera
from config import Config
from emotion.face.sidecar import FaceSidecar
from emotion.multimodal import PhotoVoicePipeline
from music.catalogue.files import Catalogue
from music.importers.run import SongMoodClassifier
from music.importers.scanner import Scanner
from music.listen.audio_files import MusicFolders
from music.listen.previews import Previews
from music.recommend.jukebox import Jukebox
from store.songs import Library
from store.visitors import VisitorRecords
from web.admission import Admissions
from web.decoding import Decoders
from web.guard.rate_limit import RateLimiter
from web.imports import Imports
from web.mood_log import MoodLog
from web.visitor_cookie import is_stranger, visitor_id
from web.visitors import Visitor, Visitors


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts of a running Affectune."""

    config: Config
    live: LiveCamera
    catalogue: Catalogue
    jukebox: Jukebox
    model: FaceSidecar
    visitors: Visitors
    previews: Previews
    music_folders: MusicFolders
    photo_voice: PhotoVoicePipeline
    decoders: Decoders
    library: Library
    records: VisitorRecords
    mood_log: MoodLog
    admissions: Admissions = field(default_factory=Admissions)
    imports: Imports = field(default_factory=Imports)
    token_attempts: RateLimiter = field(default_factory=RateLimiter)
    song_mood_classifier: SongMoodClassifier | None = None
    scanner: Scanner | None = None
    secret: bytes = field(default_factory=secrets.token_bytes, repr=False)
    """What logins and the addresses of songs are derived from."""


def services() -> Services:
    """Return the services of the application that handles this request."""
    instance = current_app.extensions["affectune"]
    assert isinstance(instance, Services)  # noqa: S101 - `create_app` puts them there
    return instance


def visitor() -> Visitor:
    """Return the session of the browser that sent this request."""
    session = services().visitors.get(visitor_id())
    session.returned = session.returned or not is_stranger()
    return session
