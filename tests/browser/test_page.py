"""The page as a person meets it, in a real browser."""

import http.server
import re
import socket
import threading
import time

import pytest
from playwright.sync_api import expect

from capture.spec import SourceSpec
from config import Config
from core.labels import EMOTIONS
from tests.browser.conftest import ARTEFACTS, FPS, make_services
from tests.conftest import ROOT
from tests.fakes import FakeSpec, steady_spec
from tests.test_main import started

expect.set_options(timeout=15_000)

PIXELS = """() => {
    const video = document.getElementById("video");
    const canvas = new OffscreenCanvas(64, 48);
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0, 64, 48);
    return context.getImageData(0, 0, 64, 48).data.join();
}"""


HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


CROWDED = """() => [...document.querySelectorAll(".bars .label")]
    .filter((label) => label.scrollWidth > label.clientWidth).map((label) => label.textContent)"""

WEIGHT = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => /\\.(js|css)$/.test(name))
    .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0)"""


SIZES = [(2560, 1440), (1440, 900), (1024, 768), (768, 1024), (390, 844), (360, 640)]


def take_pictures(page, name):
    """Keep what it looks like at all sizes in both themes; nothing may reach over the side."""
    ARTEFACTS.mkdir(exist_ok=True)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=ARTEFACTS / f"{name}-{width}-{scheme}.png")
        sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not sideways, f"at {width} pixels the page scrolls sideways"
        assert page.evaluate(CROWDED) == [], f"at {width} pixels names reach into their neighbours"
        if width >= 1024:
            middles = page.locator(".top > :visible").evaluate_all(
                "parts => parts.map(part => part.offsetTop + part.offsetHeight / 2)"
            )
            assert max(middles) - min(middles) < 8, f"at {width} pixels the header has two rows"


def song_ids(page):
    return page.locator("#playlist li").evaluate_all("rows => rows.map(r => r.dataset.songId)")


class TestDemo:
    """The whole product on real input: the drawn face, the shipped model, the shipped songs."""

    def test_the_video_moves_and_the_songs_follow_the_mood(self, open_page):
        with started("--source", "demo") as (_, address):
            page = open_page(address)
            expect(page.locator("#playlist li")).to_have_count(10, timeout=30_000)
            before = page.evaluate(PIXELS)
            page.wait_for_function(f"before => ({PIXELS})() !== before", arg=before)
            moods = re.compile("|".join(EMOTIONS), re.IGNORECASE)
            expect(page.locator("#mood")).to_have_text(moods)
            first_songs = song_ids(page)
            expect(page.locator("#status")).to_contain_text(re.compile(r"Live · \d+ frames/s"))
            for _ in range(2):
                mood = page.locator("#mood").inner_text()
                expect(page.locator("#mood")).not_to_have_text(mood, timeout=30_000)
            page.wait_for_function(
                "first => document.querySelector('#playlist li').dataset.songId !== first",
                arg=first_songs[0],
                timeout=30_000,
            )
            assert set(song_ids(page)) != set(first_songs)

    def test_what_it_looks_like(self, open_page, demo_address):
        """Screenshots for people to look at; the test itself holds what must never happen."""
        page = open_page(demo_address)
        expect(page.locator("#playlist li")).to_have_count(10, timeout=30_000)
        expect(page.locator("#status")).to_contain_text("Live")
        take_pictures(page, "page")

    def test_nothing_is_asked_of_any_other_host(self, open_page, demo_address):
        page = open_page("about:blank")
        hosts = set()
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(demo_address)
        expect(page.locator("#playlist li")).to_have_count(10, timeout=30_000)
        assert hosts == {demo_address.split("/")[2]}


@pytest.fixture(scope="module")
def demo_address():
    with started("--source", "demo") as (_, address):
        yield address


class TestWeight:
    def test_what_it_loads_at_first_is_light(self, open_page, serve):
        """60 kB of scripts and styles, unpacked; what most people never open comes when opened."""
        page = open_page(serve(make_services()))
        expect(page.locator("#playlist li")).to_have_count(10)
        assert 30_000 < page.evaluate(WEIGHT) < 60_000

    @pytest.mark.parametrize("file", ["photo_voice.js", "dialogs.css"])
    def test_what_cannot_be_fetched_is_said_and_tried_again(self, open_page, serve, file):
        page = open_page(serve(make_services()))
        page.route(f"**/{file}", lambda route: route.abort(), times=1)
        page.get_by_role("button", name="Photo or voice").click()
        expect(page.get_by_role("alert")).to_contain_text("Affectune has stopped.")
        page.get_by_role("button", name="Photo or voice").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_css("border-top-width", "1px")
        page.keyboard.press("Escape")
        expect(page.get_by_role("alert")).to_be_hidden()


class TestStrip:
    """The session's moods over time."""

    def test_it_grows_with_the_session(self, open_page, serve):
        """Without asking the server at every turn."""
        services = make_services()
        page = open_page(serve(services))
        expect(page.locator("#mood")).to_have_text("Happy")
        services.live.session.pin("sad")
        expect(page.locator("#history span").last).to_have_attribute("data-hue", "sad")
        page.route("**/api/history", lambda route: route.abort())
        share = """() => document.querySelector("#history").lastElementChild.offsetWidth
            / document.querySelector("#history").offsetWidth"""
        before = page.evaluate(share)
        page.wait_for_function(f"before => ({share})() > before + 0.1", arg=before)
        expect(page.locator("#history span").last).to_have_text("Sad")

    def test_a_name_is_whole_or_not_there(self, open_page, serve):
        page = open_page("about:blank", 390, 844)
        began = time.time() - 1000
        moods = [("happy", 0, 500), ("surprise", 500, 530), ("neutral", 530, 1000)]
        entries = [
            {"from": began + begin, "to": began + end, "emotion": emotion, "status": "live"}
            for emotion, begin, end in moods
        ]
        session = {"started": began, "moods": entries}
        page.route("**/api/history", lambda route: route.fulfill(json=session))
        page.goto(serve(make_services()))
        expect(page.locator("#history span")).to_have_count(3)
        words = page.locator("#history span").evaluate_all(
            """segments => segments.map((segment) => {
                const range = document.createRange();
                range.selectNodeContents(segment);
                const words = range.getBoundingClientRect();
                const box = segment.getBoundingClientRect();
                const line = parseFloat(getComputedStyle(segment).lineHeight);
                if (words.bottom > box.top + 2 * line) return "";
                return words.right <= box.right ? segment.textContent : "cut off";
            })"""
        )
        assert words == ["Happy", "", "Neutral"]


class TestSongs:
    def test_each_opens_its_search_in_a_tab_of_its_own(self, open_page, serve):
        page = open_page(serve(make_services()))
        row = page.locator("#playlist li").first
        for service, start in (
            ("Spotify", "https://open.spotify.com/search/"),
            ("YouTube", "https://www.youtube.com/results?search_query="),
            ("Deezer", "https://www.deezer.com/search/"),
        ):
            link = row.get_by_role("link", name=service)
            assert link.get_attribute("href").startswith(start)
            assert link.get_attribute("target") == "_blank"
            assert "noopener" in link.get_attribute("rel")

    def test_a_list_in_use_is_not_pulled_away(self, open_page, serve):
        services = make_services()
        page = open_page(serve(services))
        page.locator("#playlist li").first.hover()
        before = song_ids(page)
        services.live.session.pin("sad")
        page.get_by_role("button", name="New songs for Sad: show").wait_for()
        assert song_ids(page) == before
        page.get_by_role("button", name="New songs for Sad: show").click()
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
        assert set(song_ids(page)).isdisjoint(before)

    def test_an_unchanged_list_is_revalidated_not_sent_again(self, open_page, serve):
        services = make_services()
        address = serve(services)
        page = open_page("about:blank")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        statuses = []
        session.on(
            "Network.responseReceivedExtraInfo", lambda event: statuses.append(event["statusCode"])
        )
        page.goto(address)
        expect(page.locator("#playlist li")).to_have_count(10, timeout=15_000)
        while 304 not in statuses:  # the page asks again every few seconds
            with page.expect_response("**/api/playlist*", timeout=15_000):
                pass

    def test_a_bad_file_is_named(self, open_page, serve, tmp_path):
        for emotion in EMOTIONS:
            text = (ROOT / "songs" / f"{emotion}.csv").read_text(encoding="utf-8")
            (tmp_path / f"{emotion}.csv").write_text(text, encoding="utf-8")
        (tmp_path / "fear.csv").write_text("name,album\nx,y\n")
        page = open_page(serve(make_services(Config(songs=tmp_path))))
        expect(page.locator("#notice")).to_have_text(
            "songs/fear.csv: no column 'artist'; found name, album"
        )


class TestPin:
    def test_by_keyboard_and_back(self, open_page, serve):
        page = open_page(serve(make_services()))
        expect(page.locator("#mood")).to_have_text("Happy")
        sad = page.locator(".bars [data-emotion=sad]")
        sad.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#mood")).to_have_text("Sad")
        expect(sad).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
        page.get_by_role("button", name="Pinned: Sad · unpin").click()
        expect(page.locator("#mood")).to_have_text("Happy")

    def test_a_screen_reader_hears_a_mood_when_it_changes(self, open_page, serve):
        services = make_services()
        page = open_page(serve(services))
        announcement = page.get_by_role("status")
        expect(announcement).to_have_text("Mood: Happy")
        services.live.session.pin("sad")
        expect(announcement).to_have_text("Mood: Sad")
        page.evaluate(
            """() => {
                window.changes = [];
                const observer = new MutationObserver((more) => window.changes.push(...more));
                const all = { childList: true, characterData: true, subtree: true };
                const regions = "[role=status], [role=alert], [aria-live]";
                for (const live of document.querySelectorAll(regions)) observer.observe(live, all);
            }"""
        )
        for _ in range(4):
            with page.expect_response("**/api/state"):
                pass
        assert page.evaluate("window.changes.length") == 0, "it chatters"


class TestCamera:
    def test_pause_and_resume(self, open_page, serve):
        services = make_services()
        page = open_page(serve(services))
        page.get_by_role("button", name="Pause camera").click()
        expect(page.locator("#status")).to_have_text("Paused: the camera is off")
        assert services.live.grabber.status().status == "paused"
        page.get_by_role("button", name="Resume camera").click()
        expect(page.locator("#status")).to_contain_text("Live")

    def test_no_camera_says_what_to_do_and_a_mood_can_be_picked(self, open_page, serve):
        page = open_page(serve(make_services(spec=SourceSpec("none"))))
        expect(page.locator("#status")).to_have_text("No camera")
        expect(page.get_by_role("button", name="Use my camera")).to_be_visible()
        expect(page.locator(".music")).to_contain_text("--source demo")
        take_pictures(page, "no-camera")
        page.get_by_role("button", name="Happy").click()
        expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
        expect(page.locator("#mood")).to_have_text("Happy")

    def test_a_lost_camera_is_said_and_comes_back(self, open_page, serve):
        plugged = True

        def plug_in():
            if not plugged:
                raise utils_error()
            source = steady_spec(fps=FPS).open()
            grab = source.grab

            def grab_while_plugged():
                if not plugged:
                    raise utils_error()
                grab()

            source.grab = grab_while_plugged
            return source

        page = open_page(serve(make_services(spec=FakeSpec(opener=plug_in))))
        expect(page.locator("#status")).to_contain_text("Live")
        plugged = False
        expect(page.locator("#status")).to_have_text("Camera lost, trying again")
        plugged = True
        expect(page.locator("#status")).to_contain_text("Live")

    def test_a_hidden_tab_gives_its_stream_back(self, open_page, serve, eventually):
        services = make_services()
        page = open_page(serve(services))
        page.wait_for_function("() => document.getElementById('video').naturalWidth > 1")
        assert services.live.viewers == 1
        page.evaluate(HIDE, True)
        eventually(lambda: services.live.viewers == 0)
        page.evaluate(HIDE, False)
        eventually(lambda: services.live.viewers == 1)


def utils_error():
    from core.errors import SourceError

    return SourceError("camera 7 stopped delivering frames")


def free_port():
    # Port 0 would not do: cheroot then leaves out SO_REUSEADDR, and a restart finds it taken.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


class TestServer:
    def test_a_lost_server_is_said_and_recovered_from(self, open_page):
        port = free_port()
        with started("--source", "demo", "--port", port) as (process, address):
            page = open_page(address)
            expect(page.locator("#status")).to_contain_text("Live", timeout=15_000)
            process.terminate()
            expect(page.locator("#status")).to_have_text("Affectune has stopped", timeout=15_000)
            expect(page.locator("#cover")).to_contain_text("Start it again")
        with started("--source", "demo", "--port", port):
            expect(page.locator("#status")).to_contain_text("Live", timeout=15_000)
            before = page.evaluate(PIXELS)
            page.wait_for_function(f"before => ({PIXELS})() !== before", arg=before)

    def test_a_token_is_asked_for_once(self, open_page, serve):
        config = Config(host="0.0.0.0", token="correct horse")
        page = open_page(serve(make_services(config)))
        page.get_by_label("Access token").fill("wrong horse")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("That is not the token.")
        page.get_by_label("Access token").fill("correct horse")
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_contain_text("Live")

    def test_another_site_cannot_show_the_picture(self, open_page, serve):
        """A page of another site on this very machine embeds a snapshot, and gets nothing."""
        address = serve(make_services())
        body = f"<img src='{address}snapshot.jpg'>".encode()

        class OtherSite(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherSite) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            page = open_page(f"http://localhost:{server.server_port}/")
            page.wait_for_function("() => document.images[0].complete")
            assert page.evaluate("document.images[0].naturalWidth") == 0
            server.shutdown()
        own = open_page(address)
        own.evaluate("document.body.append(Object.assign(new Image(), {src: '/snapshot.jpg'}))")
        own.wait_for_function("() => [...document.images].at(-1).naturalWidth === 64")


class TestHonesty:
    def test_it_says_that_ai_is_at_work_and_what_the_law_says(self, open_page, serve):
        page = open_page(serve(make_services()))
        assert page.get_by_text("Emotion recognition (AI) is at work.").is_visible()
        page.get_by_role("button", name="How it works").click()
        dialog = page.get_by_role("dialog")
        for words in ("Nothing leaves this computer", "Article 50(3)", "Article 5", "legal advice"):
            assert words in dialog.inner_text()
        page.keyboard.press("Escape")
        assert not dialog.is_visible()

    @pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
    def test_nothing_jumps(self, open_page, serve, width, height):
        """Cumulative layout shift from the first paint over all that happens by itself."""
        services = make_services()
        page = open_page("about:blank", width, height)
        page.add_init_script(
            "window.shift = 0; window.moved = []; new PerformanceObserver(list => {"
            "for (const e of list.getEntries()) { window.shift += e.value; moved.push([e.value,"
            " ...e.sources.map(s => s.node?.outerHTML?.slice(0, 80))]); }"
            "}).observe({ type: 'layout-shift', buffered: true });"
        )
        page.goto(serve(services))
        expect(page.locator("#playlist li")).to_have_count(10)
        services.live.session.pin("surprise")
        expect(page.locator("#playlist-title")).to_have_text("Songs for Surprise")
        page.locator("#playlist .up").first.focus()
        services.live.session.pin("sad")
        expect(page.get_by_role("button", name="New songs for Sad: show")).to_be_visible()
        services.live.pause()
        expect(page.locator("#status")).to_have_text("Paused: the camera is off")
        services.live.resume()
        services.live.session.pin(None)
        expect(page.locator("#status")).to_contain_text("Live")
        assert page.evaluate("window.shift") < 0.02, page.evaluate("window.moved")


def test_an_older_list_does_not_take_the_place_of_a_newer_one(open_page, serve):
    services = make_services()
    address = serve(services)
    page = open_page(address)
    expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
    late = []
    page.route("**/api/playlist?limit=10", lambda route: late.append(route), times=1)
    services.live.session.pin("sad")
    while not late:
        page.wait_for_timeout(20)
    services.live.session.pin("fear")
    expect(page.locator("#playlist-title")).to_have_text("Songs for Fear")
    late[0].fulfill(json=page.request.get(address + "api/playlist?emotion=sad").json())
    with page.expect_response("**/api/state"):
        pass
    expect(page.locator("#playlist-title")).to_have_text("Songs for Fear")


def test_a_page_without_cookies_says_what_that_means(open_page, serve):
    page = open_page("about:blank")
    page.add_init_script("Object.defineProperty(navigator, 'cookieEnabled', { value: false });")
    page.goto(serve(make_services()))
    expect(page.locator("#notice")).to_contain_text("keeps no cookies")
