// This browser's own camera: shown here as it comes, and sent to Affectune one picture at a
// time. The next picture leaves when the answer to the last one is here, so nothing piles up.

import { ApiError, request, send } from "./api.js";
import { byId, make, setHue, setText } from "./dom.js";
import { setAspect } from "./video.js";
import { nameOf } from "./words.js";

const WIDTHS = [320, 480, 640]; // pixels sent; the picture shown keeps its own
const SLOW_TRIP_MS = 250; // longer than this: send less
const FAST_TRIP_MS = 120;
const TRIPS_PER_MEDIAN = 8;
const MIN_INTERVAL_MS = 100; // ten a second are as many as a mood needs
const HIDDEN_INTERVAL_MS = 1000; // nobody looks, but the songs still follow
const FAILED_INTERVAL_MS = 1000;
const MIN_FAILURES = 3; // in a row, to complain of
const QUALITY = 0.7;
const HIGH = 0.08; // above this part of the picture a label would be cut off

const view = byId("own-video");
const boxes = byId("boxes");
const canvas = new OffscreenCanvas(1, 1);

/** @type {MediaStream | null} */
let stream = null;
/** @type {Promise<void> | null} */
let opening = null; // a promise, while the browser asks
let width = WIDTHS[1];
/** @type {number[]} */
let trips = [];
let sentAt = -1; // on the video's clock
/** @type {Promise<unknown>} */
let underWay = Promise.resolve();
/** @type {Sending} */
let sending = () => () => {}; // called with each thing sent, returns who takes the answer
/** @type {Say} */
let complain = () => {}; // takes what went wrong, or ""

export function ownCameraRuns() {
  return stream !== null;
}

/** Why the browser gives no camera, and the way out on a page that has one. @param {string} name */
function refusal(name) {
  switch (name) {
    case "NotAllowedError":
      return ["The camera was refused. Allow it beside this page's address.", "Then press Use my camera again."];
    case "NotFoundError":
    case "OverconstrainedError":
      return ["This device has no camera.", "Press a mood instead, or choose a photo: that works anywhere."];
    case "NotReadableError":
    case "AbortError":
      return ["Another program is using the camera. Close it there.", "Then press Use my camera again."];
    default:
      return [`The camera cannot be used (${name}).`, "Press a mood instead, or choose a photo."];
  }
}

const INSECURE = [
  "Browsers give their camera to https pages only, and this page came by http. Start Affectune with --tls and open the https address.",
  "Or choose a photo: that works anywhere.",
];

/** @param {string[]} words */
function noCamera([brief, advice]) {
  return new ApiError(`${brief} ${advice}`, { brief, advice });
}

async function openCamera() {
  if (!isSecureContext || !navigator.mediaDevices) throw noCamera(INSECURE);
  const wanted = { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  let opened = null;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    view.srcObject = opened;
    await view.play();
    return opened;
  } catch (error) {
    stop(opened);
    throw noCamera(refusal(error instanceof Error ? error.name : String(error)));
  }
}

/** @param {MediaStream | null} opened */
function stop(opened) {
  opened?.getTracks().forEach((track) => track.stop());
  view.srcObject = null;
}

async function takePicture() {
  sentAt = view.currentTime;
  const scale = Math.min(1, width / view.videoWidth);
  canvas.width = Math.round(view.videoWidth * scale);
  canvas.height = Math.round(view.videoHeight * scale);
  canvas.getContext("2d", { alpha: false })?.drawImage(view, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** Send smaller pictures where the way to the server and back is slow, larger ones where it is quick. @param {number} trip */
function adaptWidth(trip) {
  trips.push(trip);
  if (trips.length < TRIPS_PER_MEDIAN) return;
  const median = trips.sort((a, b) => a - b)[TRIPS_PER_MEDIAN / 2];
  trips = [];
  const step = median > SLOW_TRIP_MS ? -1 : Number(median < FAST_TRIP_MS);
  width = WIDTHS[Math.max(0, Math.min(WIDTHS.length - 1, WIDTHS.indexOf(width) + step))];
}

/**
 * Put a face's box in its place; the picture is shown as in a mirror.
 *
 * @param {HTMLElement} box
 * @param {Face} face
 * @param {Size} picture
 */
function placeBox(box, face, picture) {
  const [across, down] = [picture.width ?? 1, picture.height ?? 1];
  const [x, y, w, h] = face.box;
  const sides = { left: (across - x - w) / across, top: y / down, width: w / across, height: h / down };
  for (const [side, share] of Object.entries(sides)) box.style[/** @type {keyof typeof sides} */ (side)] = `${100 * share}%`;
  box.toggleAttribute("data-high", sides.top < HIGH);
  setHue(box, face.sure ? face.emotion : null);
  setText(box.children[0], face.sure ? nameOf(face.emotion) : "Not sure");
}

/** A box stays the face's own, so that it glides from one answer to the next. @param {State} state */
function drawBoxes({ faces, source }) {
  const inView = new Map(source.status === "ok" ? faces.map((face) => [String(face.id), face]) : []);
  for (const box of boxes.querySelectorAll("[data-face]")) {
    const face = inView.get(box.dataset.face);
    if (face) placeBox(box, face, source);
    else box.remove();
    inView.delete(box.dataset.face);
  }
  for (const [id, face] of inView) {
    const box = make("div", "", make("span"));
    box.dataset.face = id;
    placeBox(box, face, source);
    boxes.append(box);
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

/** Send the picture of now; return for how many milliseconds to rest then. @param {MediaStream} ours */
async function sendPicture(ours) {
  const began = performance.now();
  const picture = { body: await takePicture(), headers: { "Content-Type": "image/jpeg" } };
  const take = sending();
  const { body } = await request("/api/frame", { method: "POST", ...picture });
  if (stream !== ours) return 0;
  const trip = performance.now() - began;
  adaptWidth(trip);
  drawBoxes(body);
  take(body);
  // A trip's own length between two pictures: a busy server is asked half of the time at most.
  return Math.max(MIN_INTERVAL_MS - trip, trip > SLOW_TRIP_MS ? trip : 0);
}

/** @param {MediaStream} ours */
async function sendPictures(ours) {
  let failures = 0;
  while (stream === ours) {
    let rest = MIN_INTERVAL_MS;
    if (view.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && view.currentTime !== sentAt) {
      const picture = sendPicture(ours);
      underWay = picture.catch(() => {});
      try {
        rest = await picture;
        if (failures >= MIN_FAILURES && stream === ours) complain("");
        failures = 0;
      } catch (error) {
        boxes.replaceChildren();
        rest = FAILED_INTERVAL_MS;
        failures += 1;
        // Where nobody answers at all, the page's own asking says so.
        const answered = error instanceof ApiError && error.status;
        if (failures === MIN_FAILURES && answered && stream === ours) complain(error.message);
      }
    }
    await pause(document.hidden ? HIDDEN_INTERVAL_MS : rest);
  }
}

function show() {
  view.hidden = boxes.hidden = !stream;
  boxes.replaceChildren();
}

/**
 * Open the camera, show it and begin to send.
 *
 * Throws an ApiError whose message says why there is none, and the way out; its `brief` only why.
 */
export function turnOn() {
  opening ??= begin().finally(() => { opening = null; }); // the browser may ask for long
  return opening;
}

async function begin() {
  const ours = await openCamera();
  stream = ours;
  const lose = () => { if (stream === ours) turnOff("The camera was unplugged or taken away."); };
  ours.getVideoTracks()[0].addEventListener("ended", lose);
  show();
  complain("");
  sendPictures(ours);
}

function release() {
  stop(stream);
  stream = null;
  show();
}

/** Tell the server, even while the page goes away. */
function leave() {
  return send("POST", "/api/camera", { action: "leave" }, { keepalive: true });
}

/** Let go of the camera; `words` say why where nobody asked for it. */
export async function turnOff(words = "") {
  release();
  complain(words);
  await underWay; // a picture that arrived later would begin the camera anew
  const take = sending();
  try {
    const state = await leave();
    if (!stream) take(state);
  } catch {
    // The page's own asking says that the server is gone.
  }
}

/** Name who takes the answers, and who is told what went wrong. @param {Sending} takesAnswer @param {Say} troubled */
export function watchOwnCamera(takesAnswer, troubled) {
  [sending, complain] = [takesAnswer, troubled];
}

function leavePage() {
  if (!stream) return;
  release();
  leave().catch(() => {});
}

view.addEventListener("resize", () => setAspect({ width: view.videoWidth, height: view.videoHeight }));
addEventListener("pagehide", leavePage);
