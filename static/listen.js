// The microphone, where somebody turned it on: three seconds at a time, fused into the mood.

import { request } from "./api.js";
import { setText } from "./dom.js";
import { microphoneWords } from "./words.js";

const CLIP_MS = 3000;

const button = document.getElementById("listen");
const sign = document.getElementById("listening");

let stream = null;
let report = null;
let complain = null;

/** Record one clip; a recorder's later pieces lack the header of the first, so each has its own. */
function recordClip(ours) {
  return new Promise((resolve) => {
    const recorder = new MediaRecorder(ours);
    recorder.addEventListener("dataavailable", ({ data }) => resolve(data), { once: true });
    recorder.start();
    setTimeout(() => recorder.state === "recording" && recorder.stop(), CLIP_MS);
  });
}

async function sendClips(ours) {
  while (stream === ours) {
    const clip = await recordClip(ours);
    if (stream !== ours) return;
    try {
      const options = { method: "POST", body: clip, headers: { "Content-Type": clip.type } };
      const { body } = await request("/api/listen", options);
      if (stream !== ours) return;
      report(body);
      complain("");
    } catch (error) {
      complain(error.message);
    }
  }
}

function show() {
  sign.hidden = !stream;
  button.setAttribute("aria-pressed", String(Boolean(stream)));
  setText(button, stream ? "Stop listening" : "Listen too");
}


function stopListening() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  show();
}

async function toggle() {
  if (stream) return stopListening();
  button.disabled = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    stream.getTracks()[0].addEventListener("ended", stopListening);
    complain("");
    sendClips(stream);
  } catch (error) {
    complain(microphoneWords(error));
  } finally {
    button.disabled = false;
    show();
  }
  return undefined;
}

/** Wire the button; `takeState` gets each answer, `say` what went wrong, or "". */
export function wireListening(takeState, say) {
  [report, complain] = [takeState, say];
  button.addEventListener("click", toggle);
  addEventListener("pagehide", stopListening);
}
