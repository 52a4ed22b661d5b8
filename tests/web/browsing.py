"""A browser that opens the page and sends pictures of its camera."""

import time

import cv2

from tests.fakes import blank


def jpeg(width=320, height=240, extension=".jpg"):
    return cv2.imencode(extension, blank(width, height, 120))[1].tobytes()


def send(client, data=None, **options):
    options.setdefault("content_type", "image/jpeg")
    return client.post("/api/frame", data=jpeg() if data is None else data, **options)


def send_until_live(client):
    deadline = time.monotonic() + 10
    while (answer := send(client).json)["status"] != "live":
        assert time.monotonic() < deadline, f"no mood: {answer}"
    return answer


def browse(app):
    """Return a browser that has opened the page, and so has its cookie."""
    client = app.test_client()
    client.get("/")
    return client
