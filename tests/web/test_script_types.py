"""What tools/javascript/*.d.ts tells the type checker of the page and its answers is so."""

import re

import pytest

from capture.state import SourceState
from core.labels import EMOTIONS, MODES
from core.status import LiveStatus
from tests.audio import sounds
from tests.conftest import ROOT
from tests.emotion.face.pictures import encode, portrait
from tests.web.forms import file, form

STATIC, TYPES = ROOT / "static", ROOT / "tools" / "javascript"
ANSWERS = (TYPES / "answers.d.ts").read_text(encoding="utf-8")
PAGE = (TYPES / "page.d.ts").read_text(encoding="utf-8")
PAGES = {"index.html": "page", "kiosk.html": "kiosk", "model_report.html": "model_report"}


def fields_of(interface, text=ANSWERS):
    """Return the names that an interface declares, with those it extends."""
    match = re.search(rf"^interface {interface}(?: extends (\w+))? {{\n(.*?)^}}", text, re.M | re.S)
    assert match, interface
    inherited = fields_of(match[1]) if match[1] else set()
    return inherited | set(re.findall(r"^  (\w+)\??:", match[2], re.M))


def words_of(text):
    return set(re.findall(r'"(\w+)"', text))


def scripts_of(name):
    """Return a script's name and those of all that it can come to import."""
    names, waiting = set(), {name}
    while waiting:
        names |= waiting
        sources = [(STATIC / f"{script}.js").read_text(encoding="utf-8") for script in waiting]
        imports = re.compile(r'from "\./(\w+)\.js"|\bload\("(\w+)"\)')
        waiting = {a or b for source in sources for a, b in imports.findall(source)} - names
    return names


class TestPage:
    @pytest.mark.parametrize("page", PAGES)
    def test_what_its_scripts_ask_for_by_id_is_there(self, page):
        template = (ROOT / "templates" / page).read_text(encoding="utf-8")
        template += (ROOT / "templates" / "base.html").read_text(encoding="utf-8")
        tags = {name: tag for tag, name in re.findall(r'<(\w+)\b[^>]*?\bid="([\w-]+)"', template)}
        declared = dict(re.findall(r'^  "?([\w-]+)"?: "(\w+)";', PAGE, re.M))
        asked = {
            name
            for script in scripts_of(PAGES[page])
            for name in re.findall(
                r'byId\("([\w-]+)"\)', (STATIC / f"{script}.js").read_text(encoding="utf-8")
            )
        }
        assert asked
        assert {name: tags.get(name) for name in asked} == {name: declared[name] for name in asked}


class TestAnswers:
    def test_the_words_are_the_server_s(self):
        def union(name):
            return words_of(re.search(rf"^type {name} =(.*?);", ANSWERS, re.M | re.S)[1])

        assert union("Emotion") == set(EMOTIONS)
        assert union("Mode") == set(MODES)
        assert union("Status") == set(LiveStatus)
        source = re.search(r"^interface Source .*?status: (.*?);", ANSWERS, re.M | re.S)[1]
        assert words_of(source) == set(SourceState)

    def test_every_route_is_one_of_the_server_s(self, client):
        routes = re.findall(r'^  "(\w+) (/api/\w+)":', ANSWERS, re.M)
        adapter = client.application.url_map.bind("localhost")
        assert len(routes) > 15
        assert [route for route in routes if not adapter.test(route[1], route[0])] == []

    def test_the_state_has_these_fields(self, live_client):
        state = live_client.get("/api/state").json
        assert set(state) == fields_of("State")
        assert set(state["source"]) == fields_of("Source")
        assert set(state["model"]) == fields_of("Model")
        assert set(state["faces"][0]) == fields_of("Face")
        pinned = live_client.put("/api/pin", json={"emotion": "sad"}).json["pinned"]
        assert set(pinned) == fields_of("Pin")

    def test_the_list_and_the_history_have_these_fields(self, client):
        playlist = client.get("/api/playlist?emotion=happy").json
        assert set(playlist) == fields_of("Playlist")
        assert set(playlist["songs"][0]) == fields_of("Song")
        history = client.get("/api/history").json
        assert set(history) == fields_of("MoodHistory")
        assert set(history["moods"][0]) == fields_of("MoodEntry")

    def test_the_library_has_these_fields(self, client):
        assert set(client.get("/api/library").json) == fields_of("Holdings")
        songs = file(b"name,artist,emotion\nAt Last,Etta James,happy\n", "mine.csv")
        summary = client.post("/api/import", **form({"file": songs})).json
        assert set(summary) == fields_of("ImportSummary")

    def test_an_analysis_has_these_fields(self, client):
        fields = {"photo": file(encode(portrait())), "voice": file(sounds.encode(sounds.tone()))}
        analysis = client.post("/api/analyse", **form(fields)).json
        assert set(analysis) == fields_of("Analysis")
        assert set(analysis["photo"]) == fields_of("Photo")
        assert set(analysis["voice"]) == fields_of("Voice")
