"""The errors Affectune raises on purpose: one base, one subclass a layer.

Each message is one sentence for a person: what was expected, and what came. `web.errors`
turns them into JSON, `main` into a line on stderr and an exit code; anything else that
escapes is a bug and is treated as one.
"""

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C has ended."""


class AffectuneError(Exception):
    """Base of every error with a message meant for the person using Affectune."""

    code = "error"
    """Machine-readable name, the `code` of a JSON error."""
    exit_code = 1
    """What the process ends with when this error stops the start."""


class ConfigError(AffectuneError):
    """An option or environment variable is unknown, malformed or out of range."""

    code = "bad_config"
    exit_code = 2


class SourceError(AffectuneError):
    """A frame source cannot be opened, or has stopped delivering."""

    code = "bad_source"
    exit_code = 3


class WeightsError(AffectuneError):
    """A model or cascade file is missing, damaged, or not the one its sidecar describes."""

    code = "bad_weights"
    exit_code = 4


class CatalogueError(AffectuneError):
    """A catalogue of songs cannot be read."""

    code = "bad_catalogue"
    exit_code = 5


class ServeError(AffectuneError):
    """The web server cannot start: its port is taken or its address is not ours."""

    code = "cannot_serve"
    exit_code = 6


class BusyError(AffectuneError):
    """Too much of a kind is being done already; it may be tried again."""

    code = "busy"


class PreviewError(AffectuneError):
    """There is no preview of a song, or it cannot be had now."""

    code = "no_preview"


class StoreError(AffectuneError):
    """The store of songs, ratings and moods cannot be opened, read or written."""

    code = "store"
    exit_code = 8


class AudioFileError(AffectuneError):
    """A song's music file is gone, cannot be read, or must not be."""

    code = "no_audio"


class PhotoError(AffectuneError):
    """A photo is too large, damaged, or of a kind that is not taken."""

    code = "bad_photo"


class SoundError(AffectuneError):
    """A sound file is too large, too long, damaged, or of a kind that is not taken."""

    code = "bad_sound"


class SongImportError(AffectuneError):
    """Songs cannot be imported: the source is missing, damaged, refused, or holds none."""

    code = "bad_import"
    exit_code = 9
