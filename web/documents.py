"""The JSON documents that several views answer with."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.labels import EMOTIONS
from core.vision import Face, Probabilities
from emotion.live_state import LiveState
from emotion.voice.recogniser import SpeechResult
from music.listen.audio_files import is_offered
from music.listen.links import search_links
from music.recommend.recommender import Recommendation
from web.playlist_query import PlaylistQuery
from web.services import Services
from web.visitors import Visitor


def state_document(services: Services, visitor: Visitor) -> dict[str, Any]:
    """Return `/api/state`'s answer for one visitor."""
    live: LiveState = visitor.camera.state()
    mood = live.mood
    source = live.source
    return {
        "version": mood.version,
        "status": live.status,
        "message": live.message,
        "emotion": mood.in_force,
        "confidence": rounded(mood.recognised.confidence if mood.pin is None else None),
        "probabilities": named(mood.recognised.probabilities),
        "faces": [face_document(face) for face in live.faces],
        "pinned": mood.pin and {"emotion": mood.pin.emotion, "until": mood.pin.until},
        "mode": visitor.mode,
        "follow": live.follow,
        "source": {
            "kind": source.kind,
            "name": source.name,
            "status": source.status,
            "message": source.message,
            "width": source.width,
            "height": source.height,
            "fps": round(source.fps, 1),
        },
        "timings_ms": {stage: rounded(value, 2) for stage, value in live.timings_ms.items()},
        "viewers": live.viewers,
        "model": {
            "name": services.model.architecture,
            "file": services.model.file,
            "input_size": services.model.input_size,
            "metrics": dict(services.model.metrics),
        },
        "problems": [*live.failures, *services.jukebox.problems],
    }


def face_document(face: Face) -> dict[str, Any]:
    """Return one face of `/api/state`'s answer."""
    return {
        "id": face.id,
        "box": list(face.box),
        "emotion": face.emotion,
        "sure": face.sure,
        "probabilities": named(face.probabilities),
    }


def playlist_document(services: Services, query: PlaylistQuery) -> dict[str, Any]:
    """Return `/api/playlist`'s answer."""
    playlist = query.ask(services.jukebox)
    ratings = services.jukebox.ratings(query.listener)
    folders = services.music_folders.paths()
    previews_on = services.previews.on
    return {
        "emotion": playlist.emotion,
        "mode": query.mode,
        "version": query.version,
        "reason": playlist.reason,
        "songs": [
            song_document(entry, ratings.get(entry.song.id, 0), folders, previews_on)
            for entry in playlist.songs
        ],
    }


def song_document(
    recommendation: Recommendation, rating: int, folders: Iterable[Path], previews_on: bool
) -> dict[str, Any]:
    """Return one song of `/api/playlist`'s answer.

    Args:
        recommendation: the song, and why.
        rating: the visitor's own.
        folders: whose files may be played.
        previews_on: whether the page may ask for previews.
    """
    song = recommendation.song
    return {
        "id": song.id,
        "name": song.name,
        "artist": song.artist,
        "album": song.album,
        "release_year": song.release_year,
        "mood": song.emotion or song.mood,
        "reason": recommendation.reason,
        "links": search_links(song.name, song.artist),
        "audio_url": f"/audio/{song.id}" if is_offered(song.path, folders) else None,
        "preview_url": f"/api/preview/{song.id}" if previews_on else None,
        "feedback": rating,
    }


def voice_document(result: SpeechResult) -> dict[str, Any]:
    """Return what is told of a voice."""
    return {
        "status": result.status,
        "message": result.reason,
        "emotion": result.emotion,
        "probabilities": named(result.probabilities),
    }


def named(probabilities: Probabilities | None) -> dict[str, float] | None:
    """Return probabilities by emotion, to four digits."""
    if probabilities is None:
        return None
    return dict(zip(EMOTIONS, (round(float(p), 4) for p in probabilities), strict=True))


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Return a number as JSON shows it; None stays."""
    return None if value is None else round(value, digits)
