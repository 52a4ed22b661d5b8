// What a person can choose: the mode, a mood, and whose mood counts.

import { load } from "./api.js";
import { byId, nearest, part } from "./dom.js";

const bars = byId("bars");
const modes = byId("modes");
const wrong = byId("wrong");
const unpin = byId("unpin");
const pause = byId("pause");

/** @type {State | null} */
let state = null;
/** @type {Promise<Scripts["face_choice"]> | null} */
let follow = null; // face_choice.js
/** @type {SendChange} */
let change = async () => {}; // sends what was pressed; done once the answer is on the page

/** Offer the faces once there are several: most people never meet that, so its script comes then. @param {State} now */
async function offerFaces(now) {
  if (now.faces.length > 1 || now.follow !== "largest") follow ??= load("face_choice");
  try {
    (await follow)?.renderFollow(state ?? now, change);
  } catch {
    follow = null; // nobody answers, which the page's own asking says; the next answer tries again
  }
}

/** @param {State} next */
export function renderChoices(next) {
  state = next;
  /** @type {HTMLInputElement} */ (part(modes, `[value=${next.mode}]`)).checked = true;
  wrong.hidden = Boolean(next.pinned) || ["starting", "paused", "no_camera"].includes(next.status);
  offerFaces(next);
}

/** @param {Event} event */
function pinFrom(event) {
  const bar = nearest(event, "[data-emotion]");
  if (!bar) return;
  const pinned = state?.pinned?.emotion === bar.dataset.emotion;
  change("PUT", "/api/pin", { emotion: pinned ? null : bar.dataset.emotion });
}

function takeBack() {
  if (state?.pinned) part(bars, `[data-emotion="${state.pinned.emotion}"]`).focus(); // the button goes away
  change("PUT", "/api/pin", { emotion: null });
}

/** @param {Event} event */
function chooseMode({ target }) {
  change("PUT", "/api/mode", { mode: /** @type {HTMLInputElement} */ (target).value });
}

function pauseOrResume() {
  change("POST", "/api/camera", { action: ["paused", "stopping"].includes(state?.source.status ?? "") ? "resume" : "pause" });
}

/** Wire what can be pressed. @param {SendChange} send */
export function wireChoices(send) {
  change = send;
  bars.addEventListener("click", pinFrom);
  unpin.addEventListener("click", takeBack);
  pause.addEventListener("click", pauseOrResume);
  modes.addEventListener("change", chooseMode);
}
