"""The one configuration: from the command line, then `AFFECTUNE_*`, then the defaults."""

import argparse
import difflib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn

import platformdirs

from core.errors import ConfigError
from core.labels import MODES

VERSION = "0.2.0"
ROOT = Path(__file__).resolve().parent
PREFIX = "AFFECTUNE_"
LOG_LEVELS = ("debug", "info", "warning", "error")
MIN_TOKEN_LENGTH = 8
DESCRIPTION = """\
See yourself live with your emotion on the picture, and hear a playlist that
follows your mood. Every option can also be set in the environment, as
AFFECTUNE_PORT for --port.
"""
EXAMPLES = """\
examples:
  python main.py                               the first webcam, the page in a browser
  python main.py --source demo --mode lift     no camera; a list that lifts the mood
  python main.py --music ~/Music --no-open     your own files; open the page yourself
"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that can be chosen at start; checked when made."""

    source: str = "auto"
    """`auto`, a camera's index, a video file, a URL, `demo`, `browser` or `none`."""
    width: int = 640
    height: int = 480
    fps: float = 30.0
    """Size and rate asked of a webcam."""
    mirror: bool = True
    """Whether a webcam is shown as in a mirror."""
    host: str = "127.0.0.1"
    port: int = 5000
    """0 takes any free port."""
    songs: Path = ROOT / "songs"
    music: Path | None = None
    """Folder of music files that play on the page."""
    weights: Path = ROOT / "weights" / "efficientnetb3.tflite"
    data_dir: Path = Path(platformdirs.user_data_dir("affectune", appauthor=False))
    """Where what must last is kept: the store, and the certificate of `tls`."""
    database_url: str = field(default="", repr=False)  # it may hold a password
    """The store instead of `affectune.db` in `data_dir`: see `store.database.open_database`."""
    mode: str = "match"
    stream_fps: float | None = None
    """Most pictures a second for viewers; None for the camera's rate."""
    token: str | None = None
    """What a visitor must know; needed where others can reach the server."""
    tls: bool = False
    previews: bool = False
    """Whether Deezer is asked for previews until a page says otherwise."""
    open: bool = True
    """Whether the page is opened in a browser."""
    log_level: str = "info"

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", self.host.strip("[]"))  # as IPv6 stands in addresses
        if not re.fullmatch(r"[0-9A-Za-z.:%_-]+", self.host):
            raise ConfigError(f"--host: expected an address or a plain name, got '{self.host}'")
        _check_range("port", self.port, 0, 65535)
        _check_range("width", self.width, 16, 7680)
        _check_range("height", self.height, 16, 4320)
        _check_range("fps", self.fps, 1, 240)
        if self.stream_fps is not None:
            _check_range("stream-fps", self.stream_fps, 0.1, 240)
        _check_database_url(self.database_url)
        _check_choice("mode", self.mode, MODES)
        _check_choice("log-level", self.log_level, LOG_LEVELS)
        if self.token is not None and len(self.token) < MIN_TOKEN_LENGTH:
            raise ConfigError(
                f"--token: expected at least {MIN_TOKEN_LENGTH} characters, got {len(self.token)}"
            )
        if not self.token and not is_loopback(self.host):
            raise ConfigError(
                f"--host {self.host} lets others reach the camera; it needs --token, a secret of "
                f"at least {MIN_TOKEN_LENGTH} characters that visitors must enter"
            )

    @property
    def store(self) -> str | Path:
        """What `store.database.open_database` is to open."""
        return self.database_url or self.data_dir / "affectune.db"


def is_loopback(host: str) -> bool:
    """Return whether only this computer can reach a server bound to `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_config(arguments: Sequence[str], environment: Mapping[str, str]) -> Config:
    """Return the configuration that a command line and an environment ask for.

    Args:
        arguments: without the program's name.
        environment: `AFFECTUNE_<OPTION>` counts where the command line is silent.

    Raises:
        ConfigError: an option or `AFFECTUNE_` key is unknown, or a value out of range.
        SystemExit: `--help` or `--version` was asked for, and answered.
    """
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        names = [name for action in parser._actions for name in action.option_strings]
        raise ConfigError(f"unknown option '{unknown[0]}'{_suggestion(unknown[0], names)}")
    return Config(**{**_from_environment(environment), **vars(options)})


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = {field.name for field in fields(Config)}
    values = {}
    for key, text in environment.items():
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in names:
            keys = [PREFIX + name.upper() for name in names]
            raise ConfigError(f"unknown environment variable '{key}'{_suggestion(key, keys)}")
        values[name] = _convert(key, name, text)
    return values


def _convert(label: str, name: str, text: str) -> Any:
    """Turn an option's text into its value; `label` is what the person wrote."""
    kind = {field.name: field.type for field in fields(Config)}[name]
    try:
        if kind is bool:
            words = {"1": True, "true": True, "yes": True, "on": True}
            words |= {"0": False, "false": False, "no": False, "off": False}
            return words[text.strip().lower()]
        if kind is int:
            return int(text)
        if kind in (float, float | None):
            return float(text)
    except (ValueError, KeyError) as error:
        expected = "yes or no" if kind is bool else "a whole number" if kind is int else "a number"
        raise ConfigError(f"{label}: expected {expected}, got {text!r}") from error
    if kind not in (Path, Path | None):
        return text
    if not text:  # it would be the folder that this was started in
        raise ConfigError(f"{label}: expected a path, got ''")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{label}: there is no such home folder as in '{text}'") from error


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="main.py",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # What is not given stays out, so that the environment and the defaults can speak.
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        add_help=False,
    )
    source = _Group(parser, "source")
    source.add(
        "source", "SOURCE", "auto, a camera's index, a video file, a URL, demo, browser or none"
    )
    source.add("width", "PIXELS", "width asked of a webcam (640)")
    source.add("height", "PIXELS", "height asked of a webcam (480)")
    source.add("fps", "RATE", "frames a second asked of a webcam (30)")
    source.add_switch("mirror", "show a webcam as in a mirror (yes)")
    music = _Group(parser, "music")
    music.add("songs", "DIR", "folder of the seven <emotion>.csv files")
    music.add("music", "DIR", "folder of your own music files, to be played on the page")
    music.add("mode", "|".join(MODES), "how the list answers the mood (match)")
    music.add_switch("previews", "ask Deezer for 30 s of songs (no)")
    page = _Group(parser, "page and access")
    page.add("host", "ADDRESS", "address to serve on (127.0.0.1); any other needs --token")
    page.add("port", "PORT", "port to serve on (5000); 0 takes a free one")
    page.add("token", "SECRET", "what a visitor must enter; better as AFFECTUNE_TOKEN")
    page.add_switch("tls", "serve https with a certificate made here")
    page.add("stream-fps", "RATE", "most pictures a second for a viewer (the camera's)")
    page.add_switch("open", "open the page in a browser (yes)")
    store = _Group(parser, "store")
    store.add("data-dir", "DIR", "where what must last is kept")
    store.add("database-url", "URL", "a store elsewhere; better as AFFECTUNE_DATABASE_URL")
    other = _Group(parser, "other")
    other.add("weights", "FILE", "trained model, its sidecar beside it")
    other.add("log-level", "|".join(LOG_LEVELS), "how much is logged (info)")
    other.group.add_argument("--version", action="version", version=f"Affectune {VERSION}")
    other.group.add_argument("-h", "--help", action="help", help="show this and end")
    return parser


class _Group:
    """A heading of `--help` and the options under it."""

    def __init__(self, parser: argparse.ArgumentParser, title: str) -> None:
        self.group = parser.add_argument_group(title)

    def add(self, name: str, metavar: str, text: str) -> None:
        field = name.replace("-", "_")
        self.group.add_argument(
            f"--{name}",
            metavar=metavar,
            dest=field,
            type=_Converter(f"--{name}", field),
            help=text,
        )

    def add_switch(self, name: str, text: str) -> None:
        self.group.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=text)


@dataclass(frozen=True)
class _Converter:
    """`_convert` in the shape that argparse calls; a `ConfigError` passes through it."""

    label: str
    name: str

    def __call__(self, text: str) -> Any:
        return _convert(self.label, self.name, text)


def _check_range(name: str, value: float, minimum: float, maximum: float) -> None:
    if not minimum <= value <= maximum:
        raise ConfigError(f"--{name}: expected {minimum:g} to {maximum:g}, got {value:g}")


def _check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        expected = " or ".join(choices)
        raise ConfigError(f"--{name}: expected {expected}, got '{value}'")


def _check_database_url(url: str) -> None:
    if url and not re.match(r"postgresql\+psycopg://.|sqlite:///.", url):
        scheme, mark, _ = url.partition("://")  # the rest may hold a password
        raise ConfigError(
            "--database-url: expected postgresql+psycopg://USER:PASSWORD@HOST/NAME or "
            f"sqlite:///FILE, got {f'{scheme}://...' if mark else 'no URL'}"
        )


def _suggestion(text: str, names: Sequence[str]) -> str:
    matches = difflib.get_close_matches(text.split("=")[0], names, n=1)
    return f"; did you mean '{matches[0]}'?" if matches else "; --help lists them"
