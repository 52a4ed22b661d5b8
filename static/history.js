// The strip of the session's moods.

import { make, setHue } from "./dom.js";
import { clock, duration, nameOf } from "./words.js";

const strip = document.getElementById("history");
const since = document.getElementById("session-since");
const canHover = matchMedia("(hover: hover)"); // on a touch screen :hover outlasts the touch
const LEAST_SHARE = 1 / 300; // narrower than a couple of pixels: joined to the one before
const BLINK_S = 0.1;
const LETTER_REM = 0.5; // a name that would be cut is left to the tooltip
const OTHER_WORDS = {
  starting: "Starting", unsure: "Not sure", no_face: "No face",
  camera_lost: "Camera lost", paused: "Paused", no_camera: "No camera",
};

function moodOf({ status, emotion }) {
  return status in OTHER_WORDS ? null : emotion;
}

function wordsOf(entry) {
  const emotion = moodOf(entry);
  return emotion ? nameOf(emotion) : (OTHER_WORDS[entry.status] ?? "No mood");
}

/** Give every entry an end, join equal neighbours and those too short to see. */
function joinMoods(moods, now) {
  const first = moods[0]?.from ?? now;
  const shortest = (now - first) * LEAST_SHARE;
  const joined = [];
  for (const entry of moods) {
    const to = entry.to ?? Math.max(now, entry.from);
    const last = joined.at(-1);
    if (!last && to - entry.from < BLINK_S && moods.length > 1) continue; // how every session begins
    if (last && (wordsOf(last) === wordsOf(entry) || to - entry.from < shortest)) last.to = to;
    else joined.push({ ...entry, to });
  }
  return joined;
}

function segmentOf(entry, total, width) {
  const seconds = entry.to - entry.from;
  const segment = make("span");
  segment.style.flexGrow = seconds / total;
  segment.title = `${wordsOf(entry)}, ${clock(entry.from)} to ${clock(entry.to)}`;
  setHue(segment, moodOf(entry));
  const fits = (seconds / total) * width > wordsOf(entry).length * LETTER_REM;
  if (moodOf(entry) && fits) segment.textContent = wordsOf(entry);
  return segment;
}

function summary(moods) {
  const seconds = new Map();
  for (const entry of moods) seconds.set(wordsOf(entry), (seconds.get(wordsOf(entry)) ?? 0) + entry.to - entry.from);
  const parts = [...seconds].sort((a, b) => b[1] - a[1]).map(([words, total]) => `${words} ${duration(total)}`);
  return parts.length ? `Moods of this session: ${parts.join(", ")}` : "No mood in this session yet";
}

/** Draw the session; `now` is the server's clock in epoch seconds. */
export function renderHistory({ started, moods }, now) {
  if (canHover.matches && strip.matches(":hover")) return; // nothing moves under the pointer
  const joined = joinMoods(moods, now);
  const total = joined.length ? Math.max(1, joined.at(-1).to - joined[0].from) : 1;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const width = strip.clientWidth / rem;
  since.textContent = `since ${clock(started)}`;
  strip.replaceChildren(...joined.map((entry) => segmentOf(entry, total, width)));
  strip.setAttribute("aria-label", summary(joined));
}
