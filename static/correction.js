// "That's wrong": what the mood is really, beside what was shown when somebody began to say so.

import { byId, nearest } from "./dom.js";

const dialog = byId("wrong-dialog");
const opener = byId("wrong");
const unpin = byId("unpin");

/** @type {Emotion | null} */
let shown = null;
/** @type {SendChange} */
let change = async () => {};

/** @param {Event} event */
async function correct(event) {
  const chosen = nearest(event, "[data-emotion]");
  if (!chosen) return;
  dialog.close();
  await change("POST", "/api/correct", { emotion: chosen.dataset.emotion, seen: shown });
  if (opener.hidden) unpin.focus(); // the button that opened the dialog has gone
}

/** Note what is shown as the dialog opens. @param {State | null} state @param {SendChange} send */
export function begin(state, send) {
  [shown, change] = [state?.emotion ?? null, send];
}

dialog.addEventListener("click", correct);
