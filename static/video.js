// The stream: open while somebody can see it, closed while nobody can, retried when it breaks.

import { byId, setText } from "./dom.js";

const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
const MAX_WAIT_MS = 5000;
const SAMPLE_MS = 1500;
const MIN_STUCK_SAMPLES = 3; // a picture this long without change has stopped, ...
const MAX_STUCK_SAMPLES = 20; // ... unless the camera sees nothing but a still picture

const video = byId("video");
const cover = byId("cover");

let aspect = "";
let wanted = false;
let wait = 0;
let retry = 0;
let sampledAt = 0;
let sample = "";
let still = 0;
let stuckSamples = MIN_STUCK_SAMPLES;

function connect() {
  clearTimeout(retry);
  video.src = `/video_feed?at=${Date.now()}`; // a new address, or the browser may show the old stream's end
  video.hidden = false;
}

/** Open the stream, if it is not open yet. */
export function openStream() {
  if (wanted) return;
  wanted = true;
  connect();
}

/**
 * Close it: another picture in its place makes every browser drop the connection, but would
 * count as a beacon while the page is `leaving`.
 */
export function closeStream(leaving = false) {
  wanted = false;
  clearTimeout(retry);
  if (leaving) video.removeAttribute("src");
  else video.src = BLANK;
}

function retryLater() {
  if (!wanted) return;
  video.hidden = true; // rather than a broken picture
  wait = Math.min(MAX_WAIT_MS, wait * 2 || 500);
  retry = setTimeout(connect, wait);
}

function forgetTrouble() {
  wait = 0;
}

function takeSample() {
  const canvas = new OffscreenCanvas(32, 24);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return "";
  context.drawImage(video, 0, 0, 32, 24);
  return context.getImageData(0, 0, 32, 24).data.join();
}

/** Reconnect a stream that has ended: browsers tell nobody, the picture just stands still. */
export function checkStream() {
  const now = Date.now();
  if (!wanted || video.hidden || !video.naturalWidth || now - sampledAt < SAMPLE_MS) return;
  sampledAt = now;
  const next = takeSample();
  const moved = next !== sample;
  sample = next;
  still = moved ? 0 : still + 1;
  if (moved) stuckSamples = MIN_STUCK_SAMPLES;
  if (still < stuckSamples) return;
  still = 0;
  stuckSamples = Math.min(MAX_STUCK_SAMPLES, stuckSamples * 2);
  connect();
}

/** Say something in the picture's place, a headline and a sentence; with null it shows again. @param {string[] | null} words */
export function coverVideo(words) {
  cover.hidden = !words;
  if (words) words.forEach((text, at) => setText(cover.children[at], text));
}

/** Reserve the picture's space before its first frame, and on the next visit before the first answer. @param {Size} size */
export function setAspect({ width, height }) {
  const next = `${width} / ${height}`;
  if (!width || !height || next === aspect) return;
  aspect = next;
  window.applyAspect(aspect); // of first_paint.js
  window.store("aspect", aspect);
}

video.addEventListener("error", retryLater);
video.addEventListener("load", forgetTrouble);
