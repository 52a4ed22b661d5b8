// The stream: open while somebody can see it, closed while nobody can, retried when it breaks.

const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
const LONGEST_WAIT_MS = 5000;

const video = document.getElementById("video");
const note = document.getElementById("screen-note");

let wanted = false;
let wait = 0;
let retry = 0;

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

/** Close it: another picture in its place makes every browser drop the connection. */
export function closeStream() {
  wanted = false;
  clearTimeout(retry);
  video.src = BLANK;
}

/** Drop the stream and open it anew. */
export function restartStream() {
  closeStream();
  openStream();
}

function retryLater() {
  if (!wanted) return;
  video.hidden = true; // rather than a broken picture
  wait = Math.min(LONGEST_WAIT_MS, wait * 2 || 500);
  retry = setTimeout(connect, wait);
}

function forgetTrouble() {
  wait = 0;
}

/** Say `words` in place of the picture; with "" the picture shows again. */
export function coverVideo(words) {
  note.textContent = words;
  note.hidden = !words;
}

/** Reserve the picture's space before its first frame. */
export function setAspect({ width, height }) {
  if (!width || !height) return;
  document.documentElement.style.setProperty("--aspect", `${width} / ${height}`);
}

video.addEventListener("error", retryLater);
video.addEventListener("load", forgetTrouble);
