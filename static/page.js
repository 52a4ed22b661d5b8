// The page's clock: it asks the server, hands the answers round, and sends what you press.

import { ApiError, load, messageOf, request, send } from "./api.js";
import { ownCameraRuns, renderOffer, wireCamera } from "./camera.js";
import { renderChoices, wireChoices } from "./choices.js";
import { wireDialogs } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { renderHistory, takeHistory } from "./history.js";
import { renderMood, renderNoAnswer } from "./mood.js";
import { wirePlayback } from "./playback.js";
import { renderEmpty, renderPlaylist, renderPlaylistTrouble, takeWaiting, wirePlaylist } from "./playlist.js";
import { checkStream, closeStream, coverVideo, openStream, setAspect } from "./video.js";
import { coverWords } from "./words.js";

const STATE_MS = 400;
const OWN_CAMERA_MS = 2000; // its answers bring the state
const HIDDEN_MS = 5000;
const SLOW_MS = 4000; // playlist and history
const MAX_WAIT_MS = 5000;

const COOKIES_OFF = "This browser keeps no cookies, so Affectune cannot tell it from others: what you press is forgotten at once.";

const notice = byId("notice");
const actionError = byId("action-error");

/** @type {State | null} */
let state = null;
let failures = 0;
let timer = 0;
let changes = 0; // a poll asked before one is out of date
let pressesBegun = 0;
let pressesDone = 0;
/** @type {number | null} */
let listVersion = null;
let listMode = "";
let listAt = 0;
let listRequests = 0;
let historyAt = 0;
let historyMood = "";
/** @type {(state: State) => void} */
let renderFacts = () => {}; // of how_it_works.js, once wanted

/** What each dialog needs before it opens; its script is fetched the first time. @type {Prepare} */
const dialogs = {
  "analyse-dialog": async () => (await load("photo_voice")).pinWith((emotion) => change("PUT", "/api/pin", { emotion })),
  "library-dialog": async () => { (await load("library")).fillLibrary(refreshPlaylist); },
  "wrong-dialog": async () => (await load("correction")).begin(state, change),
  "how-dialog": async () => { ({ renderFacts } = await load("how_it_works")); },
};

/** @param {string[]} problems */
function renderNotice(problems) {
  const text = problems.join("\n");
  if (notice.dataset.text === text) return;
  notice.dataset.text = text;
  notice.hidden = !problems.length;
  notice.replaceChildren(...problems.map((problem) => make("p", "", problem)));
}

/** @param {State} next */
function takeState(next) {
  changes += 1;
  state = next;
  if (!ownCameraRuns()) setAspect(next.source);
  renderMood(next);
  renderHistory();
  renderNotice(navigator.cookieEnabled ? next.problems : [...next.problems, COOKIES_OFF]);
  renderFacts(next);
  renderEmpty(next.status);
  renderOffer(next);
  renderChoices(next);
  followSource(next);
}

/** The server's stream is open while it is the one to look at, and somebody can see it. @param {State} now */
function followSource(now) {
  const own = now.source.kind === "browser" || ownCameraRuns();
  if (own || now.source.status === "none" || document.hidden || failures) closeStream();
  else openStream();
  if (!failures) coverVideo(ownCameraRuns() ? null : coverWords(now));
}

/** Fetch the list; null where it was asked for again before it came. */
async function fetchPlaylist() {
  const number = ++listRequests;
  listAt = Date.now();
  const { body } = await request("/api/playlist?limit=10");
  if (number !== listRequests) return null;
  [listVersion, listMode] = [body.version, body.mode];
  return body;
}

async function refreshPlaylist() {
  try {
    const playlist = await fetchPlaylist();
    if (playlist) renderPlaylist(playlist);
    renderEmpty(state?.status);
  } catch (error) {
    renderPlaylistTrouble(messageOf(error));
  }
}

/** @param {string} mood */
async function refreshHistory(mood) {
  historyAt = Date.now();
  historyMood = mood;
  try {
    const { body, date } = await request("/api/history");
    takeHistory(body, date / 1000);
  } catch {
    // The strip keeps its last look; the state says what is wrong.
  }
}

/** @param {State} latest */
function refreshRest({ version, mode, status, emotion }) {
  const now = Date.now();
  const changed = version !== listVersion || mode !== listMode;
  if (changed ? now - listAt > STATE_MS : now - listAt > SLOW_MS) refreshPlaylist();
  if (status + emotion !== historyMood || now - historyAt > SLOW_MS) refreshHistory(status + emotion);
}

function recover() {
  if (failures) say("");
  failures = 0;
}

/** @type {Say} */
function say(words) {
  actionError.textContent = words;
  actionError.hidden = !words;
}

/** @param {ApiError} error */
function renderLost(error) {
  failures += 1;
  closeStream();
  renderNoAnswer(error.brief);
  coverVideo([error.brief, error.advice]);
}

function nextWait() {
  if (failures) return Math.min(MAX_WAIT_MS, STATE_MS * 2 ** failures);
  if (document.hidden) return HIDDEN_MS;
  return ownCameraRuns() ? OWN_CAMERA_MS : STATE_MS;
}

async function poll() {
  clearTimeout(timer);
  const changesBefore = changes;
  try {
    const { body } = await request("/api/state");
    recover();
    const latest = changesBefore === changes || !state ? body : state;
    if (latest === body) takeState(body);
    refreshRest(latest);
    if (latest.source.status === "ok") checkStream();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    renderLost(error);
  } finally {
    clearTimeout(timer);
    timer = setTimeout(poll, nextWait());
  }
}

/** @type {SendChange} */
async function change(method, path, body) {
  changes += 1;
  pressesBegun += 1;
  try {
    const next = await send(method, path, body);
    takeState(next);
    say("");
    refreshRest(next);
  } catch (error) {
    say(messageOf(error));
  }
  pressesDone += 1;
}

/** A hidden tab gives its connection back: browsers open six a host, and a stream holds one. */
function followVisibility() {
  if (document.hidden) setTimeout(() => document.hidden && closeStream()); // not while the page is torn down
  else {
    if (state) followSource(state);
    poll();
  }
}

/** @type {Sending} */
function sending() {
  const before = pressesDone;
  return (next) => {
    if (pressesBegun !== before) return; // it may not know of a press
    takeState(next);
    refreshRest(next);
  };
}

document.addEventListener("visibilitychange", followVisibility);
addEventListener("pagehide", () => closeStream(true));
addEventListener("pageshow", (event) => event.persisted && followVisibility());

async function listenOrStop() {
  try {
    await (await load("own_microphone")).toggle(sending, say);
  } catch (error) {
    say(messageOf(error));
  }
}

wireDialogs(dialogs, say);
byId("listen").addEventListener("click", listenOrStop);
wireCamera(sending, say);
wireChoices(change);
wirePlaylist(fetchPlaylist, say);
wirePlayback(takeWaiting, say);
poll();
