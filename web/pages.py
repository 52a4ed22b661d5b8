"""The page."""

from flask import Blueprint, render_template

from config import VERSION
from emotion.labels import EMOTIONS

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    return render_template("index.html", emotions=EMOTIONS, version=VERSION)
