// The buttons of this browser's own camera: in the picture's place while there is none, and
// below it while it runs, or where the server stands elsewhere with a camera of its own.

import { isHere, load, loadStyles } from "./api.js";
import { setText } from "./dom.js";

const offer = document.getElementById("use-camera");
const button = document.getElementById("own-camera");

let own = null; // own_camera.js, once somebody wants it
let busy = false;
let serverHasNone = false;
let sending = () => {};
let complain = () => {};

export function ownCameraRuns() {
  return own !== null && own.ownCameraRuns();
}

function render() {
  const running = ownCameraRuns();
  offer.hidden = running || !serverHasNone;
  button.hidden = !running && (serverHasNone || isHere);
  setText(button, running ? "Turn my camera off" : "Use my camera");
}

function lose(words) {
  complain(words);
  render();
}

async function toggle({ currentTarget: pressed }) {
  if (busy) return; // `disabled` would take the focus away
  busy = true;
  try {
    await loadStyles("own_camera");
    own ??= await load("own_camera");
    own.watchOwnCamera(sending, lose);
    await (ownCameraRuns() ? own.turnOff() : own.turnOn());
  } catch (error) {
    complain(error.message);
  }
  busy = false;
  render();
  if (pressed.hidden) (pressed === offer ? button : offer).focus(); // the one that had the focus is gone
}

/** Offer this browser's camera where the server has none, or stands elsewhere. */
export function renderOffer({ source }) {
  serverHasNone = source.status === "none" || (source.kind === "browser" && source.status === "lost");
  render();
}

/** Wire the buttons; `say` gets what went wrong, or "". */
export function wireCamera(sent, say) {
  [sending, complain] = [sent, say];
  offer.addEventListener("click", toggle);
  button.addEventListener("click", toggle);
}
