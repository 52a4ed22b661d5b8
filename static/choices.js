// What a person can choose: the mode, a mood, and whose mood counts.

import { load } from "./api.js";

const bars = document.querySelector(".bars");
const modes = document.getElementById("modes");
const wrong = document.getElementById("wrong");
const unpin = document.getElementById("unpin");
const pause = document.getElementById("pause");

let state = null;
let follow = null; // face_choice.js, or its promise
let change = async () => {}; // sends what was pressed; done once the answer is on the page

/** Offer the faces once there are several: most people never meet that, so its script comes then. */
async function offerFaces() {
  if (state.faces.length > 1 || state.follow !== "largest") follow ??= load("face_choice");
  try {
    (await follow)?.renderFollow(state, change);
  } catch {
    follow = null; // nobody answers, which the page's own asking says; the next answer tries again
  }
}

export function renderChoices(next) {
  state = next;
  modes.querySelector(`[value="${state.mode}"]`).checked = true;
  wrong.hidden = Boolean(state.pinned) || ["starting", "paused", "no_camera"].includes(state.status);
  offerFaces();
}

function pinFrom(event) {
  const bar = event.target.closest("[data-emotion]");
  if (!bar) return;
  const pinned = state?.pinned?.emotion === bar.dataset.emotion;
  change("PUT", "/api/pin", { emotion: pinned ? null : bar.dataset.emotion });
}

function takeBack() {
  bars.querySelector(`[data-emotion="${state.pinned.emotion}"]`)?.focus(); // the button goes away
  change("PUT", "/api/pin", { emotion: null });
}

function pauseOrResume() {
  change("POST", "/api/camera", { action: ["paused", "stopping"].includes(state?.source.status) ? "resume" : "pause" });
}

/** Wire what can be pressed; `send` takes a method, a path and a body, and shows the answer. */
export function wireChoices(send) {
  change = send;
  bars.addEventListener("click", pinFrom);
  unpin.addEventListener("click", takeBack);
  pause.addEventListener("click", pauseOrResume);
  modes.addEventListener("change", (event) => change("PUT", "/api/mode", { mode: event.target.value }));
}
