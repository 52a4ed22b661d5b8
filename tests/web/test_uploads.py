"""Forms with files: what is read, what is refused, and that nothing reaches the disk."""

import http.client
import socket
import tempfile
from urllib.parse import urlsplit

import pytest
from flask import Flask, jsonify

from tests.web.conftest import make_services
from tests.web.forms import file, form
from web import errors
from web.app import create_app
from web.serving.server import serving
from web.uploads import MEGABYTE, read_form

LIMITS = {"photo": 2 * MEGABYTE, "voice": 1000}


@pytest.fixture
def client():
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1000
    errors.register(app)

    @app.post("/api/send")
    def send():
        form = read_form(LIMITS, texts=("emotion",))
        files = {field: [file.name, len(file.data)] for field, file in form.files.items()}
        return jsonify(files=files, texts=dict(form.texts))

    return app.test_client()


def send(client, fields):
    return client.post("/api/send", **form(fields))


def test_files_and_texts(client):
    answer = send(client, {"photo": file(b"x" * MEGABYTE, "me.jpg"), "emotion": "sad"})
    assert answer.json == {"files": {"photo": ["me.jpg", MEGABYTE]}, "texts": {"emotion": "sad"}}


def test_lines_across_the_parsers_pieces(client):
    """The parser keeps what follows the last line end of a piece, in case a boundary begins."""
    for length in range(60):
        lines = (b"x" * length + b"\n") * 4000
        assert send(client, {"photo": file(lines)}).json["files"]["photo"][1] == len(lines)


def test_no_file_is_written(client, monkeypatch):
    """Werkzeug's own way is a temporary file from 500 kB on."""

    def refuse(*_, **__):
        raise AssertionError("a temporary file")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert send(client, {"photo": file(b"x" * MEGABYTE)}).status_code == 200


def test_a_field_left_empty_by_a_browser_is_no_file(client):
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename=""\r\n\r\n\r\n--b--\r\n'
    kind = "multipart/form-data; boundary=b"
    assert client.post("/api/send", data=body, content_type=kind).json["files"] == {}


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"photo": file(b"")}, 400, "The file in 'photo' is empty."),
        ({"picture": file(b"x")}, 400, "Unknown file field 'picture'; expected 'photo'"),
        ({"photo": "me"}, 400, "Unknown text field 'photo'; expected 'photo' (a file)"),
        ({"voice": [file(b"a"), file(b"b")]}, 400, "Expected 'voice' once, got it 2 times."),
        ({"voice": file(b"x" * 1001)}, 413, "'voice' has 0.1 MB; expected at most 0 kB"),
        (
            {"photo": file(b"x" * (2 * MEGABYTE + 1))},
            413,
            "The file in 'photo' has 2.1 MB; expected at most 2 MB.",
        ),
        (
            {"photo": file(b"x" * 3 * MEGABYTE)},
            413,
            "The request is larger than 2 MB.",
        ),
    ],
)
def test_what_is_refused(client, fields, status, message):
    answer = send(client, fields)
    assert (answer.status_code, message in answer.json["error"]["message"]) == (status, True)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=\xff", b"x", 400),
        ("multipart/form-data; boundary=b", b"x", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nhalf a part", 400),
        (
            "multipart/form-data; boundary=b",  # a field without a name
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
            400,
        ),
        ("multipart/form-data; boundary=b", b"--b\r\n" * 100 + b"--b--", 400),
    ],
)
def test_a_body_that_is_no_form(client, kind, body, status):
    answer = client.post("/api/send", data=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json["error"]["message"]


@pytest.mark.parametrize("size", [100_000, 20 * MEGABYTE])
def test_a_refused_upload_still_gets_its_answer(size):
    """Over a real socket: the sender sends all it has before it reads."""
    with serving(create_app(make_services()), "127.0.0.1", 0) as address:
        port = int(address.rsplit(":", 1)[1].strip("/"))
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("PUT", "/api/pin", b"x" * size, {"Content-Type": "application/json"})
        answer = link.getresponse()
        assert answer.status == 413
        assert b"larger than 64 kB" in answer.read()
        link.close()


def test_an_upload_that_stops_half_way():
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\nhalf'
    head = (
        "POST /api/analyse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    with (
        serving(create_app(make_services()), "127.0.0.1", 0) as address,
        socket.create_connection(("127.0.0.1", urlsplit(address).port), timeout=10) as sender,
    ):
        sender.sendall(head.encode() + body)
        sender.shutdown(socket.SHUT_WR)
        answer = sender.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"The form is damaged or ended early" in answer + sender.recv(10_000)
