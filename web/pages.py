"""The page."""

from flask import Blueprint, render_template

from config import VERSION
from emotion.labels import EMOTIONS
from web.services import visitor

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    visitor()  # before the page asks for several things at once, each without a cookie
    return render_template("index.html", emotions=EMOTIONS, version=VERSION)
