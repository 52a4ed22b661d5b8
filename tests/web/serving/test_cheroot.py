"""What `web.serving.server` takes for granted of cheroot, beyond what its manual promises.

An upgrade that fails here is no error of ours: read what has changed, see that silent connections,
refused uploads, TLS and the end of the server still work, and write the new state down here.
"""

import inspect
import re
from importlib.metadata import version

import pytest
from cheroot import wsgi
from cheroot.connections import ConnectionManager
from cheroot.makefile import StreamReader
from cheroot.server import ChunkedRFile, HTTPConnection, HTTPRequest, HTTPServer, KnownLengthRFile
from cheroot.ssl.builtin import BuiltinSSLAdapter

from tests.conftest import ROOT
from web.serving import connections, server

REVIEWED = "11.1.2"
"""The version whose source was read for this."""

OVERRIDDEN = {
    BuiltinSSLAdapter: {"wrap": "(self, sock)"},
    HTTPConnection: {"communicate": "(self)", "close": "(self)"},
    HTTPRequest: {"parse_request": "(self)"},
    wsgi.Gateway_10: {
        "start_response": "(self, status, headers, exc_info=None)",
        "respond": "(self)",
    },
    HTTPServer: {
        "process_conn": "(self, conn)",
        "serve": "(self)",
        "stop": "(self)",
        "error_log": "(self, msg='', level=20, traceback=False)",
    },
}
"""Methods of cheroot in whose place ours stand, or around which they are put."""

CALLS = [
    (ConnectionManager, "_run", r"self\.server\.process_conn\("),
    (HTTPServer, "prepare", r"self\._connections = .*ConnectionManager\("),
    (HTTPServer, "prepare", r"self\.socket\b"),
    (HTTPServer, "stop", r"self\.requests\.stop\(self\.shutdown_timeout\)"),
    (HTTPRequest, "respond", r"self\.server\.gateway\(self\)\.respond\(\)"),
    (ConnectionManager, "__init__", r"self\._selector = _ThreadsafeSelector\("),
    (
        ConnectionManager,
        "__init__",
        r"\.register\(\s*server\.socket\.fileno\(\),\s*selectors\.EVENT_READ,\s*data=server",
    ),
    (HTTPServer, "prepare", r"\.listen\(self\.request_queue_size\)"),
    (HTTPServer, "serve", r"self\.error_log\("),
    (HTTPConnection, "communicate", r"self\.RequestHandlerClass\(self\.server, self\)"),
    (HTTPConnection, "communicate", r"req\.parse_request\(\)"),
    (HTTPRequest, "respond", r"if self\.chunked_read:"),
    (ChunkedRFile, "__init__", r"self\.closed = False"),
    (ChunkedRFile, "_fetch", r"self\.closed = True\s+return"),
    (StreamReader, "has_data", r"len\(self\._read_buf\) > self\._read_pos"),
    (StreamReader, "peek", r"def peek\(self, size=0\)"),
    (ChunkedRFile, "__init__", r"self\.bytes_read = 0"),
    (HTTPServer, "process_conn", r"self\.requests\.put\(conn\)"),
    (HTTPConnection, "__init__", r"self\.requests_seen = 0"),
    (HTTPConnection, "__init__", r"self\.socket = sock"),
    (KnownLengthRFile, "__init__", r"self\.remaining = content_length"),
]
"""Where cheroot calls them, and the names that ours use, by function and what is in its source."""


def test_the_version_that_was_reviewed_is_pinned_and_installed():
    pins = re.findall(r"^cheroot==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pins == [REVIEWED]
    assert version("cheroot") == REVIEWED


@pytest.mark.parametrize(
    ("owner", "name", "signature"),
    [(owner, *method) for owner, methods in OVERRIDDEN.items() for method in methods.items()],
)
def test_a_method_that_is_overridden_is_there_as_it_was(owner, name, signature):
    assert str(inspect.signature(getattr(owner, name))) == signature


@pytest.mark.parametrize(
    ("ours", "owner"),
    [
        (server._LazyTLS, BuiltinSSLAdapter),
        (connections.Connection, HTTPConnection),
        (connections.Request, HTTPRequest),
        (connections.Gateway, wsgi.Gateway_10),
        (server._Server, HTTPServer),
    ],
)
def test_no_other_method_is_overridden(ours, owner):
    assert issubclass(ours, owner)
    methods = {name for name, value in vars(ours).items() if inspect.isfunction(value)}
    overridden = {name for name in methods - {"__init__"} if hasattr(owner, name)}
    assert overridden == set(OVERRIDDEN[owner])


@pytest.mark.parametrize(("owner", "function", "words"), CALLS)
def test_what_is_used_is_still_done(owner, function, words):
    assert re.search(words, inspect.getsource(getattr(owner, function)))


def test_the_attributes_that_are_set_exist():
    assert HTTPConnection.last_used is None
    assert issubclass(HTTPServer.ConnectionClass, HTTPConnection)
    for name in (
        "request_queue_size",
        "keep_alive_conn_limit",
        "max_request_header_size",
        "max_request_body_size",
    ):
        assert hasattr(HTTPServer, name)
    assert str(inspect.signature(ConnectionManager.put)) == "(self, conn)"
