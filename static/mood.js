// The mood word, the chip and the seven bars.

import { byId, part, setHue, setText } from "./dom.js";
import { chipWords, claimedMood, confidenceWords, moodWord, nameOf, percent, sourceWords } from "./words.js";

const chip = byId("status");
const chipText = byId("status-text");
const mood = byId("mood");
const confidence = byId("confidence");
const origin = byId("source");
const announcement = byId("announcement");
const barList = byId("bars");
const bars = [...document.querySelectorAll(".bars button")];
const pinHint = byId("pin-hint");
const unpin = byId("unpin");
const pause = byId("pause");

/** @type {Emotion | null} */
let announced = null;

/** @param {string} words @param {"live" | "waiting" | "bad"} tone @param {Emotion | null} [emotion] */
function renderChip(words, tone, emotion) {
  setText(chipText, words);
  chip.dataset.tone = tone;
  setHue(chip, emotion);
}

/** @param {Parts[".bars button"]} bar @param {State | null} state null while nobody answers */
function renderBar(bar, state) {
  const emotion = bar.dataset.emotion;
  const share = state?.source.status === "ok" ? state.probabilities?.[emotion] : undefined; // never yesterday's figures
  const words = share === undefined ? "" : percent(share);
  bar.style.setProperty("--share", String(share ?? 0));
  bar.toggleAttribute("data-current", state !== null && claimedMood(state) === emotion);
  bar.setAttribute("aria-pressed", String(state?.pinned?.emotion === emotion));
  setText(part(bar, ".value"), words);
  setText(part(/** @type {Element} */ (bar.parentElement), ".spoken"), words);
}

/** @param {State} state */
function renderPin({ pinned, status }) {
  pinHint.hidden = Boolean(pinned) || status === "no_camera";
  unpin.hidden = !pinned;
  setHue(unpin, pinned?.emotion);
  if (pinned) setText(unpin, `Pinned: ${nameOf(pinned.emotion)} · unpin`);
}

/** @param {State} state */
function renderPause({ status, source }) {
  pause.hidden = status === "no_camera" || source.kind === "browser"; // turned off by its own button
  setText(pause, ["paused", "stopping"].includes(source.status) ? "Resume camera" : "Pause camera");
}

/** A screen reader hears a mood when it changes and not otherwise. @param {State} state */
function announce({ emotion }) {
  if (!emotion || emotion === announced) return;
  announced = emotion;
  announcement.textContent = `Mood: ${nameOf(emotion)}`;
}

/** Claim no mood while nobody answers. @param {string} words */
export function renderNoAnswer(words) {
  renderChip(words, "bad");
  setText(mood, "No answer");
  setHue(mood, null);
  setText(confidence, "Trying again by itself");
  setText(origin, "");
  for (const bar of bars) renderBar(bar, null);
  document.title = "No answer · Affectune";
}

/** @param {State} state */
export function renderMood(state) {
  const hue = claimedMood(state);
  const word = moodWord(state);
  renderChip(chipWords(state), hue && state.source.status === "ok" ? "live" : "waiting", hue);
  setText(mood, word);
  setHue(mood, hue);
  setText(confidence, confidenceWords(state));
  setText(origin, sourceWords(state));
  barList.toggleAttribute("data-picker", state.status === "no_camera"); // nothing to measure, but one can choose
  for (const bar of bars) renderBar(bar, state);
  renderPin(state);
  renderPause(state);
  announce(state);
  document.title = `${word} · Affectune`;
}
