// The microphone, where somebody turned it on: three seconds at a time, fused into the mood.

import { messageOf, request } from "./api.js";
import { byId, setText } from "./dom.js";
import { microphoneWords } from "./microphone.js";

const CLIP_MS = 3000;

const button = byId("listen");
const sign = byId("listening");

/** @type {MediaStream | null} */
let stream = null;
let asking = false; // the browser for the microphone
let complained = false;
/** @type {Sending} */
let sending = () => () => {}; // called with each clip sent, returns who takes the answer
/** @type {Say} */
let complain = () => {};

/**
 * Record one clip; a recorder's later pieces lack the header of the first, so each has its own.
 *
 * @param {MediaStream} ours
 * @returns {Promise<Blob>}
 */
function recordClip(ours) {
  return new Promise((resolve) => {
    const recorder = new MediaRecorder(ours);
    recorder.addEventListener("dataavailable", ({ data }) => resolve(data), { once: true });
    recorder.start();
    setTimeout(() => recorder.state === "recording" && recorder.stop(), CLIP_MS);
  });
}

/** @param {MediaStream} ours */
async function sendClips(ours) {
  while (stream === ours) {
    const clip = await recordClip(ours);
    if (stream !== ours) return;
    try {
      const sound = { body: clip, headers: { "Content-Type": clip.type } };
      const take = sending();
      const { body } = await request("/api/listen", { method: "POST", ...sound });
      if (stream !== ours) return;
      take(body);
      if (complained) complain("");
      complained = false;
    } catch (error) {
      complain(messageOf(error));
      complained = true;
    }
  }
}

function show() {
  sign.hidden = !stream;
  button.setAttribute("aria-pressed", String(Boolean(stream)));
  setText(button, stream ? "Stop listening" : "Hear my voice");
}

function stopListening() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  show();
}

/** Begin to listen, or stop. @param {Sending} takesAnswer @param {Say} say */
export async function toggle(takesAnswer, say) {
  if (stream) return stopListening();
  if (asking) return undefined; // `disabled` would take the focus away
  [sending, complain] = [takesAnswer, say];
  asking = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    stream.getTracks()[0].addEventListener("ended", stopListening);
    complain("");
    sendClips(stream);
  } catch (error) {
    complain(microphoneWords(error));
  } finally {
    asking = false;
    show();
  }
  return undefined;
}

addEventListener("pagehide", stopListening);
