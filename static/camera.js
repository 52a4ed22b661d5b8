// The buttons of this browser's own camera: in the picture's place while there is none, and
// below it while it runs, or where the server stands elsewhere with a camera of its own.

import { setText } from "./dom.js";
import { ownCameraRuns, turnOff, turnOn, watchOwnCamera } from "./own_camera.js";

const offer = document.getElementById("use-camera");
const button = document.getElementById("own-camera");

let complain = null;

function render(serverHasNone) {
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const running = ownCameraRuns();
  offer.hidden = running || !serverHasNone;
  button.hidden = !running && (serverHasNone || here);
  setText(button, running ? "Turn my camera off" : "Use my camera");
}

async function toggle({ currentTarget: pressed }) {
  offer.disabled = button.disabled = true;
  try {
    await (ownCameraRuns() ? turnOff() : turnOn());
  } catch (error) {
    complain(error.message);
  }
  offer.disabled = button.disabled = false;
  if (ownCameraRuns()) render(true);
  if (pressed.hidden) (pressed === offer ? button : offer).focus(); // the one that had the focus is gone
}

/** Offer this browser's camera where the server has none, or stands elsewhere. */
export function renderOffer({ source }) {
  render(source.status === "none");
}

/** Wire the buttons; `takeState` gets each answer, `say` what went wrong, or "". */
export function wireCamera(takeState, say) {
  complain = say;
  watchOwnCamera(takeState, say);
  offer.addEventListener("click", toggle);
  button.addEventListener("click", toggle);
}
