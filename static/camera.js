// This browser's own camera: shown here as it comes, and sent to Affectune one picture at a
// time. The next picture leaves when the answer to the last one is here, so nothing piles up.

import { ApiError, request } from "./api.js";
import { make, setHue, setText } from "./dom.js";
import { nameOf } from "./words.js";

const WIDTHS = [320, 480, 640]; // pixels sent; the picture shown keeps its own
const SLOW_TRIP_MS = 250; // longer than this: send less
const FAST_TRIP_MS = 120;
const TRIPS_JUDGED = 8;
const LEAST_INTERVAL_MS = 100; // ten a second are as many as a mood needs
const QUALITY = 0.7;

const view = document.getElementById("own-video");
const boxes = document.getElementById("boxes");
const button = document.getElementById("own-camera");

let stream = null;
let width = WIDTHS[1];
let trips = [];
let report = null; // takes each answer
let complain = null;

export function ownCameraRuns() {
  return stream !== null;
}

/** Why the browser gives no camera, and the way out. */
function refusal(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "The camera was refused. Allow it beside this page's address, then press Use my camera again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "This device has no camera. Press a mood instead, or choose a photo: that works anywhere.";
    case "NotReadableError":
    case "AbortError":
      return "Another program is using the camera. Close it there, then press Use my camera again.";
    default:
      return `The camera cannot be used (${error.name}). Press a mood instead, or choose a photo.`;
  }
}

function insecureWords() {
  return "Browsers give their camera to https pages only, and this page came by http. Start Affectune "
    + "with --tls and open the https address, or choose a photo: that works anywhere.";
}

async function openCamera() {
  if (!isSecureContext || !navigator.mediaDevices) throw new ApiError(insecureWords());
  const wanted = { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    throw new ApiError(refusal(error));
  }
}

async function takePicture() {
  const scale = Math.min(1, width / view.videoWidth);
  const canvas = new OffscreenCanvas(Math.round(view.videoWidth * scale), Math.round(view.videoHeight * scale));
  canvas.getContext("2d", { alpha: false }).drawImage(view, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** Send smaller pictures where the way to the server and back is slow, larger ones where it is quick. */
function adaptWidth(trip) {
  trips.push(trip);
  if (trips.length < TRIPS_JUDGED) return;
  const median = trips.sort((a, b) => a - b)[TRIPS_JUDGED / 2];
  trips = [];
  const step = median > SLOW_TRIP_MS ? -1 : Number(median < FAST_TRIP_MS);
  width = WIDTHS[Math.max(0, Math.min(WIDTHS.length - 1, WIDTHS.indexOf(width) + step))];
}

function boxOf(face, { width: across, height: down }) {
  const [x, y, w, h] = face.box;
  const label = make("span", "", face.sure ? nameOf(face.emotion) : "Not sure");
  const box = make("div", "", label);
  const share = (part, whole) => `${(100 * part) / whole}%`;
  // The picture is shown as in a mirror.
  Object.assign(box.style, { left: share(across - x - w, across), top: share(y, down), width: share(w, across), height: share(h, down) });
  setHue(box, face.sure ? face.emotion : null);
  return box;
}

function drawBoxes({ faces, source }) {
  boxes.replaceChildren(...(source.status === "ok" ? faces.map((face) => boxOf(face, source)) : []));
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function sendPicture() {
  const began = performance.now();
  const options = { method: "POST", body: await takePicture(), headers: { "Content-Type": "image/jpeg" } };
  const { body } = await request("/api/frame", options);
  const trip = performance.now() - began;
  adaptWidth(trip);
  // A trip's own length between two pictures: a busy server is asked half of the time at most.
  return { body, rest: Math.max(LEAST_INTERVAL_MS - trip, trip > SLOW_TRIP_MS ? trip : 0) };
}

async function sendPictures(ours) {
  while (stream === ours) {
    if (document.hidden || view.readyState < 2) {
      await pause(200);
      continue;
    }
    try {
      const { body, rest } = await sendPicture();
      if (stream !== ours) return;
      drawBoxes(body);
      report(body);
      await pause(rest);
    } catch {
      boxes.replaceChildren(); // the page's own asking finds out what is wrong, and says it
      await pause(1000);
    }
  }
}

function show(on) {
  view.hidden = boxes.hidden = !on;
  setText(button, on ? "Turn my camera off" : "Use my camera");
}

async function turnOn() {
  const ours = await openCamera();
  stream = ours;
  ours.getVideoTracks()[0].addEventListener("ended", () => stream === ours && turnOff("The camera was unplugged or taken away."));
  view.srcObject = ours;
  await view.play();
  show(true);
  sendPictures(ours);
}

/** Let go of the camera; `words` say why where nobody asked for it. */
export async function turnOff(words = "") {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  view.srcObject = null;
  boxes.replaceChildren();
  show(false);
  complain(words);
  const change = { method: "POST", body: '{"action": "leave"}', headers: { "Content-Type": "application/json" } };
  try {
    report((await request("/api/camera", change)).body);
  } catch {
    // The page's own asking says that the server is gone.
  }
}

async function toggle() {
  button.disabled = true;
  try {
    await (stream ? turnOff() : turnOn());
    if (stream) complain("");
  } catch (error) {
    complain(error.message);
  } finally {
    button.disabled = false;
  }
}

/** Wire the button; `takeState` gets each answer, `say` what went wrong, or "". */
export function wireCamera(takeState, say) {
  [report, complain] = [takeState, say];
  button.addEventListener("click", toggle);
}

/** Offer this browser's camera where the server has none, or stands elsewhere. */
export function renderOffer({ source }) {
  const elsewhere = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  button.hidden = !stream && source.status !== "none" && !elsewhere;
}
