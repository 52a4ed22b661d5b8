"""The page."""

from flask import Blueprint, render_template

from config import VERSION
from core.labels import EMOTIONS
from web.services import services, visitor
from web.visitor_cookie import renew_cookie

MODES = (
    ("match", "Songs of your mood"),
    ("lift", "From your mood to bright, step by step"),
    ("calm", "From your mood to calm, step by step"),
)
"""How the songs can answer a mood, and what the page says of each."""

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    visitor()  # before the page asks for several things at once, each without a cookie
    renew_cookie()
    # Where songs may play here, the player has its place from the start, or the list would jump.
    plays = services().previews.on or bool(services().music_folders.paths())
    return render_template(
        "index.html", emotions=EMOTIONS, modes=MODES, version=VERSION, plays=plays
    )


@blueprint.get("/kiosk")
def kiosk() -> str:
    visitor()
    renew_cookie()
    return render_template("kiosk.html")
