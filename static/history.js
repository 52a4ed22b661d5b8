// The strip of the session's moods.

import { byId, make, setHue, setText } from "./dom.js";
import { clock, duration, nameOf, WITHOUT_MOOD } from "./words.js";

const strip = byId("history");
const since = byId("session-since");
const canHover = matchMedia("(hover: hover)"); // on a touch screen :hover outlasts the touch
const MIN_SHARE = 1 / 300; // narrower than a couple of pixels: joined to the one before
const BLINK_S = 0.1;

/** @type {MoodHistory} */
let session = { started: 0, moods: [] };
let ahead = 0; // seconds by which the server's clock is ahead of this one
let redrawAt = Infinity; // on the server's clock

/** @param {MoodEntry} entry */
function moodOf({ status, emotion }) {
  return status in WITHOUT_MOOD ? null : emotion;
}

/** @param {MoodEntry} entry */
function wordsOf(entry) {
  const emotion = moodOf(entry);
  return emotion ? nameOf(emotion) : (WITHOUT_MOOD[entry.status] ?? "No mood");
}

/** Give every entry an end, join equal neighbours and those too short to see. @param {MoodEntry[]} moods @param {number} now */
function joinMoods(moods, now) {
  const first = moods[0]?.from ?? now;
  const shortest = (now - first) * MIN_SHARE;
  /** @type {(MoodEntry & { to: number })[]} */
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

/** @param {MoodEntry & { to: number }} entry @param {number} total */
function segmentOf(entry, total) {
  const segment = make("span", "", moodOf(entry) ? wordsOf(entry) : "");
  segment.style.flexGrow = String((entry.to - entry.from) / total);
  segment.title = `${wordsOf(entry)}, ${clock(entry.from)} to ${clock(entry.to)}`;
  setHue(segment, moodOf(entry));
  return segment;
}

/** @param {(MoodEntry & { to: number })[]} moods */
function summary(moods) {
  const seconds = new Map();
  for (const entry of moods) seconds.set(wordsOf(entry), (seconds.get(wordsOf(entry)) ?? 0) + entry.to - entry.from);
  const parts = [...seconds].sort((a, b) => b[1] - a[1]).map(([words, total]) => `${words} ${duration(total)}`);
  return parts.length ? `Moods of this session: ${parts.join(", ")}` : "No mood in this session yet";
}

/** Draw the session as it is by now, where that differs from what is drawn by what one can see. */
export function renderHistory() {
  if (canHover.matches && strip.matches(":hover")) return; // nothing moves under the pointer
  const now = Date.now() / 1000 + ahead;
  if (now < redrawAt) return;
  const joined = joinMoods(session.moods, now);
  const total = joined.length ? joined[joined.length - 1].to - joined[0].from : 0;
  redrawAt = now + total * MIN_SHARE;
  setText(since, `since ${clock(session.started)}`);
  strip.replaceChildren(...joined.map((entry) => segmentOf(entry, total || 1)));
  strip.setAttribute("aria-label", summary(joined));
}

/**
 * Take a session as the server has it; `now` is the server's clock in epoch seconds.
 *
 * @param {MoodHistory} history
 * @param {number} now
 */
export function takeHistory(history, now) {
  session = history;
  ahead = now - Date.now() / 1000;
  redrawAt = 0;
  renderHistory();
}
