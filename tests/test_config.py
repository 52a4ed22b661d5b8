"""Options, environment and what is refused."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from config import EXAMPLES, ROOT, VERSION, Config, is_loopback, load_config
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
        source="2",
        width=1280,
        height=720,
        fps=25.0,
        mirror=False,
        host="0.0.0.0",
        port=0,
        songs=Path("s"),
        music=Path("m"),
        weights=Path("w.tflite"),
        data_dir=Path("~/d").expanduser(),
        database_url="sqlite:///x.db",
        mode="match",
        stream_fps=12.5,
        token="12345678",
        tls=True,
        previews=True,
        open=False,
        log_level="debug",
    )


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
        (["--stream-fps", "inf"], {}, "--stream-fps: expected 0.1 to 240, got inf"),
        (["--music", ""], {}, "--music: expected a path, got ''"),
        ([], {"AFFECTUNE_PORT": "5.0"}, "AFFECTUNE_PORT: expected a whole number, got '5.0'"),
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


def test_help_has_every_option_under_a_heading_and_examples_at_the_end(capsys):
    with pytest.raises(SystemExit):
        load_config(["--help"], {})
    text = capsys.readouterr().out
    headings = re.findall(r"^([a-z ]+):$", text, re.MULTILINE)
    assert headings == ["source", "music", "page and access", "store", "other", "examples"]
    options = re.findall(r"^  --([a-z-]+)", text, re.MULTILINE)
    names = [option.replace("-", "_") for option in options]
    assert sorted(names) == sorted(["version", *(field.name for field in fields(Config))])
    assert text.endswith(EXAMPLES)


def test_the_examples_of_help_are_understood():
    commands = re.findall(r"python main\.py(.*?)(?:   |$)", EXAMPLES, re.MULTILINE)
    configs = [load_config(command.split(), {}) for command in commands]
    assert [config.source for config in configs] == ["auto", "demo", "auto"]
    assert configs[1].mode == "lift"
    assert configs[2].music == Path("~/Music").expanduser()


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+)\b", changelog, re.MULTILINE)
    assert newest is not None
    assert project["version"] == newest[1] == VERSION
