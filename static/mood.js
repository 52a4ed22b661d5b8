// The mood word, the chip and the seven bars.

import { setHue, setText } from "./dom.js";
import { chipWords, claimedMood, confidenceWords, moodWord, nameOf, percent, sourceWords } from "./words.js";

const chip = document.getElementById("status");
const chipText = document.getElementById("status-text");
const mood = document.getElementById("mood");
const confidence = document.getElementById("confidence");
const origin = document.getElementById("source");
const announcement = document.getElementById("announcement");
const barList = document.querySelector(".bars");
const bars = [...barList.querySelectorAll("button")];
const pinHint = document.getElementById("pin-hint");
const unpin = document.getElementById("unpin");
const pause = document.getElementById("pause");

let announced = null;

function renderChip(words, tone, emotion) {
  setText(chipText, words);
  chip.dataset.tone = tone;
  setHue(chip, emotion);
}

function renderBar(bar, state) {
  const emotion = bar.dataset.emotion;
  const share = state.source?.status === "ok" ? state.probabilities?.[emotion] : undefined; // never yesterday's figures
  const words = share === undefined ? "" : percent(share);
  bar.style.setProperty("--share", share ?? 0);
  bar.toggleAttribute("data-current", claimedMood(state) === emotion);
  bar.setAttribute("aria-pressed", String(state.pinned?.emotion === emotion));
  setText(bar.querySelector(".value"), words);
  setText(bar.parentElement.querySelector(".spoken"), words);
}

function renderPin({ pinned, status }) {
  pinHint.hidden = Boolean(pinned) || status === "no_camera";
  unpin.hidden = !pinned;
  setHue(unpin, pinned?.emotion);
  if (pinned) setText(unpin, `Pinned: ${nameOf(pinned.emotion)} · unpin`);
}

function renderPause({ status, source }) {
  pause.hidden = status === "no_camera" || source.kind === "browser"; // turned off by its own button
  setText(pause, ["paused", "stopping"].includes(source.status) ? "Resume camera" : "Pause camera");
}

/** A screen reader hears a mood when it changes and not otherwise. */
function announce({ emotion }) {
  if (!emotion || emotion === announced) return;
  announced = emotion;
  announcement.textContent = `Mood: ${nameOf(emotion)}`;
}

/** Claim no mood while nobody answers. */
export function renderNoAnswer(words) {
  renderChip(words, "bad");
  setText(mood, "No answer");
  setHue(mood, null);
  setText(confidence, "Trying again by itself");
  setText(origin, "");
  for (const bar of bars) renderBar(bar, { status: "gone" });
  document.title = "No answer · Affectune";
}

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
