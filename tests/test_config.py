"""Options, environment and what is refused."""

from pathlib import Path

import pytest

from config import VERSION, Config, is_loopback, load_config
from core.errors import ConfigError


def test_the_defaults_are_safe():
    config = load_config([], {})
    assert (config.host, config.port, config.source) == ("127.0.0.1", 5000, "auto")
    assert config.weights.name == "efficientnetb3.tflite"
    assert config.token is None


def test_options_come_before_the_environment_and_that_before_the_defaults():
    environment = {"AFFECTUNE_PORT": "7000", "AFFECTUNE_OPEN": "no", "PATH": "/bin"}
    config = load_config(["--port", "8000"], environment)
    assert (config.port, config.open) == (8000, False)
    assert load_config(["--open"], environment).open is True


def test_every_option_is_understood():
    config = load_config(
        [
            *("--source", "2", "--width", "1280", "--height", "720", "--fps", "25", "--no-mirror"),
            *("--host", "0.0.0.0", "--port", "0", "--songs", "s", "--music", "m"),
            *("--weights", "w.tflite"),
            *("--data-dir", "~/d", "--database-url", "sqlite:///x.db"),
            *("--mode", "match", "--stream-fps", "12.5"),
            *("--token", "12345678", "--tls", "--previews", "--no-open"),
            *("--log-level", "debug"),
        ],
        {},
    )
    assert config == Config(
        "2", 1280, 720, 25.0, False, "0.0.0.0", 0, Path("s"), Path("m"),
        Path("w.tflite"), Path("~/d").expanduser(), "sqlite:///x.db", "match", 12.5, "12345678",
        True, True, False, "debug",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["--prot", "1"], {}, "unknown option '--prot'; did you mean '--port'?"),
        (["--prot=1"], {}, "unknown option '--prot=1'; did you mean '--port'?"),
        (["--zzz"], {}, "unknown option '--zzz'; --help lists them"),
        (["file.mp4"], {}, "unknown option 'file.mp4'; --help lists them"),
        (["--port"], {}, "argument --port: expected one argument"),
        (["--port", "http"], {}, "--port: expected a whole number, got 'http'"),
        (["--port", "70000"], {}, "--port: expected 0 to 65535, got 70000"),
        (["--stream-fps", "0"], {}, "--stream-fps: expected 0.1 to 240, got 0"),
        (["--stream-fps", "nan"], {}, "--stream-fps: expected 0.1 to 240, got nan"),
        (["--width", "-1"], {}, "--width: expected 16 to 7680, got -1"),
        (["--mode", "up"], {}, "--mode: expected match or lift or calm, got 'up'"),
        (["--log-level", "loud"], {}, "--log-level: expected debug or info or warning or error, "),
        (
            ["--database-url", "mysql://me:secret@host/name"],
            {},
            "--database-url: expected postgresql+psycopg://USER:PASSWORD@HOST/NAME or "
            "sqlite:///FILE, got mysql://...",
        ),
        (
            [],
            {"AFFECTUNE_DATABASE_URL": "store.db"},
            "--database-url: expected postgresql+psycopg://USER:PASSWORD@HOST/NAME or "
            "sqlite:///FILE, got no URL",
        ),
        (["--token", "short"], {}, "--token: expected at least 8 characters, got 5"),
        (["--host", "büro"], {}, "--host: expected an address or a plain name, got 'büro'"),
        (["--host", "0.0.0.0"], {}, "--host 0.0.0.0 lets others reach the camera; it needs"),
        (
            [],
            {"AFFECTUNE_PROT": "1"},
            "unknown environment variable 'AFFECTUNE_PROT'; did you mean ",
        ),
        ([], {"AFFECTUNE_PORT": "x"}, "AFFECTUNE_PORT: expected a whole number, got 'x'"),
        ([], {"AFFECTUNE_TLS": "maybe"}, "AFFECTUNE_TLS: expected yes or no, got 'maybe'"),
        ([], {"AFFECTUNE_MUSIC": ""}, "AFFECTUNE_MUSIC: expected a path, got ''"),
        ([], {"AFFECTUNE_FPS": "fast"}, "AFFECTUNE_FPS: expected a number, got 'fast'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(arguments, environment, message):
    with pytest.raises(ConfigError) as refused:
        load_config(arguments, environment)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_password_is_neither_refused_nor_shown():
    url = "postgresql+psycopg://me:secret@host/name"
    config = load_config(["--database-url", url], {})
    assert config.database_url == url
    assert "secret" not in repr(config)
    with pytest.raises(ConfigError) as refused:
        load_config(["--database-url", "postgres://me:secret@host/name"], {})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.2", "kiosk.home", ""])
def test_not_loopback(host):
    assert not is_loopback(host)


def test_brackets_of_ipv6_are_taken_off():
    assert load_config(["--host", "[::1]"], {}).host == "::1"


def test_version_and_help(capsys):
    for option, expected in (("--version", VERSION), ("--help", "--source")):
        with pytest.raises(SystemExit) as ended:
            load_config([option], {})
        assert ended.value.code == 0
        assert expected in capsys.readouterr().out
