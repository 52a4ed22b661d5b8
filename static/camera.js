// The buttons of this browser's own camera: in the picture's place while there is none, and
// below it while it runs, or where the server stands elsewhere with a camera of its own.

import { isHere, load, loadStyles, messageOf } from "./api.js";
import { byId, setText } from "./dom.js";

const offer = byId("use-camera");
const button = byId("own-camera");

/** @type {Scripts["own_camera"] | null} */
let own = null; // own_camera.js, once somebody wants it
let busy = false;
let serverHasNone = false;
/** @type {Sending} */
let sending = () => () => {};
/** @type {Say} */
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

/** @param {string} words */
function lose(words) {
  complain(words);
  render();
}

/** @param {Event} event */
async function toggle({ currentTarget }) {
  if (busy) return; // `disabled` would take the focus away
  busy = true;
  try {
    await loadStyles("own_camera");
    own ??= await load("own_camera");
    own.watchOwnCamera(sending, lose);
    await (ownCameraRuns() ? own.turnOff() : own.turnOn());
  } catch (error) {
    complain(messageOf(error));
  }
  busy = false;
  render();
  const [pressed, other] = currentTarget === offer ? [offer, button] : [button, offer];
  if (pressed.hidden) other.focus(); // the one that had the focus is gone
}

/** Offer this browser's camera where the server has none, or stands elsewhere. @param {State} state */
export function renderOffer({ source }) {
  serverHasNone = source.status === "none" || (source.kind === "browser" && source.status === "lost");
  render();
}

/** Wire the buttons. @param {Sending} sent @param {Say} say */
export function wireCamera(sent, say) {
  [sending, complain] = [sent, say];
  offer.addEventListener("click", toggle);
  button.addEventListener("click", toggle);
}
