// The page's clock: it asks the server, hands the answers round, and sends what you press.

import { request, send } from "./api.js";
import { renderFacts, wireDialog } from "./how.js";
import { renderHistory } from "./history.js";
import { renderMood, renderNoAnswer } from "./mood.js";
import { renderEmpty, renderPlaylist, renderPlaylistTrouble } from "./playlist.js";
import { checkStream, closeStream, coverVideo, dropStream, openStream, restartStream, setAspect } from "./video.js";

const STATE_MS = 400;
const HIDDEN_MS = 5000;
const SLOW_MS = 4000; // playlist and history
const LONGEST_WAIT_MS = 5000;

const notice = document.getElementById("notice");
const actionError = document.getElementById("action-error");

let state = null;
let failures = 0;
let timer = 0;
let changes = 0; // what you pressed; an answer asked for before it is out of date
let listVersion = null;
let listAt = 0;
let historyAt = 0;
let historyMood = "";

function renderNotice(problems) {
  const text = problems.join("\n");
  if (notice.dataset.text === text) return;
  notice.dataset.text = text;
  notice.hidden = !problems.length;
  notice.replaceChildren(...problems.map((problem) => {
    const line = document.createElement("p");
    line.textContent = problem;
    return line;
  }));
}

function takeState(next) {
  state = next;
  setAspect(state.source);
  renderMood(state);
  renderNotice(state.problems);
  renderFacts(state);
  renderEmpty(state.status);
}

async function refreshPlaylist() {
  listAt = Date.now();
  try {
    const { body } = await request("/api/playlist?limit=10");
    listVersion = body.version;
    renderPlaylist(body);
    renderEmpty(state.status);
  } catch (error) {
    renderPlaylistTrouble(error.message);
  }
}

async function refreshHistory() {
  historyAt = Date.now();
  historyMood = state.status + state.emotion;
  try {
    const { body, date } = await request("/api/history");
    renderHistory(body, date / 1000);
  } catch {
    // The strip keeps its last look; the state says what is wrong.
  }
}

function refreshRest() {
  const now = Date.now();
  if (state.version !== listVersion ? now - listAt > STATE_MS : now - listAt > SLOW_MS) refreshPlaylist();
  if (state.status + state.emotion !== historyMood || now - historyAt > SLOW_MS) refreshHistory();
}

function recover() {
  if (!failures) return;
  failures = 0;
  coverVideo("");
  if (!document.hidden) restartStream();
}

function renderLost(error) {
  failures += 1;
  closeStream();
  renderNoAnswer(error.brief);
  coverVideo(error.message);
}

function nextWait() {
  if (failures) return Math.min(LONGEST_WAIT_MS, STATE_MS * 2 ** failures);
  return document.hidden ? HIDDEN_MS : STATE_MS;
}

async function poll() {
  clearTimeout(timer);
  const asked = changes;
  try {
    const { body } = await request("/api/state");
    if (asked === changes) takeState(body);
    recover();
    refreshRest();
    if (state.source.status === "ok") checkStream();
  } catch (error) {
    renderLost(error);
  }
  clearTimeout(timer);
  timer = setTimeout(poll, nextWait());
}

async function change(method, path, body) {
  changes += 1;
  try {
    takeState(await send(method, path, body));
    actionError.hidden = true;
    refreshRest();
  } catch (error) {
    actionError.textContent = error.message;
    actionError.hidden = false;
  }
  changes += 1;
}

function pinFrom(event) {
  const bar = event.target.closest("[data-emotion]");
  if (!bar) return;
  const pinned = state?.pinned?.emotion === bar.dataset.emotion;
  change("PUT", "/api/pin", { emotion: pinned ? null : bar.dataset.emotion });
}

function unpin() {
  document.querySelector(`[data-emotion="${state.pinned.emotion}"]`)?.focus(); // the button goes away
  change("PUT", "/api/pin", { emotion: null });
}

function pauseOrResume() {
  change("POST", "/api/camera", { action: ["paused", "stopping"].includes(state?.source.status) ? "resume" : "pause" });
}

/** A hidden tab gives its connection back: browsers open six a host, and a stream holds one. */
function followVisibility() {
  if (document.hidden) return setTimeout(() => document.hidden && closeStream()); // not while the page is torn down
  if (!failures) openStream();
  poll();
}

document.querySelector(".bars").addEventListener("click", pinFrom);
document.getElementById("unpin").addEventListener("click", unpin);
document.getElementById("pause").addEventListener("click", pauseOrResume);
document.addEventListener("visibilitychange", followVisibility);
addEventListener("pagehide", dropStream);
addEventListener("pageshow", (event) => event.persisted && followVisibility());

wireDialog();
if (!document.hidden) openStream();
poll();
