// The player: plays what can be played here, opens what cannot, and goes through the list.

import { byId, nearest, part, setText } from "./dom.js";
import { addressOf } from "./playback.js";
import { byLine } from "./words.js";

const RESTART_S = 3; // later than this into a song, "previous" begins it anew

const panel = byId("player");
const audio = byId("audio");
const title = byId("now-title");
const by = byId("now-by");
const note = byId("now-note");
const previous = byId("previous");
const play = byId("play");
const next = byId("next");
const position = byId("position");
const time = byId("time");
const volume = byId("volume");

/** @type {Song[]} */
let songs = []; // of the list on the page
/** @type {Song | null} */
let current = null;
let place = -1; // the current song's in the list, or where it was before it left it
let chosen = false; // the current song was pressed; it did not just come next
let failures = 0; // songs in a row that could not be played
let seeking = false;
let onEnd = () => false; // takes the next list where one waits; true where it did

/** @param {Song | null} song */
export function isPlaying(song = current) {
  return song !== null && song.id === current?.id && !audio.paused && !audio.error;
}

/** @param {number} seconds */
function minutes(seconds) {
  const whole = Math.floor(seconds || 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {Element} button @param {boolean} playing */
function renderButton(button, playing, name = "") {
  part(button, "use").setAttribute("href", playing ? "#i-pause" : "#i-play");
  button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${name}`.trim());
}

function renderButtons() {
  renderButton(play, isPlaying());
  for (const row of document.querySelectorAll("#playlist .song")) {
    row.toggleAttribute("data-now", row.dataset.songId === current?.id);
    if (addressOf(row.song)) renderButton(part(row, ".start"), isPlaying(row.song), row.song.name);
  }
}

function renderPosition() {
  const length = Number.isFinite(audio.duration) ? audio.duration : 0;
  position.disabled = !length;
  position.max = String(Math.floor(length));
  if (!seeking) position.value = String(audio.currentTime);
  setText(time, length ? `${minutes(position.valueAsNumber)} / ${minutes(length)}` : "0:00");
  // A screen reader says each change of the slider that has the focus: those of the hand, not of the clock.
  if (seeking || document.activeElement !== position) {
    position.setAttribute("aria-valuetext", `${minutes(position.valueAsNumber)} of ${minutes(length)}`);
  }
}

function renderNow() {
  const playable = current !== null || songs.some(addressOf);
  if (playable) panel.hidden = false; // and it stays, or the list would jump
  for (const button of [previous, play, next]) button.disabled = !playable;
  setText(title, current ? current.name : "Nothing plays yet");
  setText(by, current ? byLine(current) : playable ? "Press play, or a song" : "");
  renderButtons();
  renderPosition();
}

/** @param {Song} song */
function tellSystem(song) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title: song.name, artist: song.artist, album: song.album });
}

async function resume() {
  try {
    await audio.play();
  } catch (error) {
    // A newer choice interrupts the older one; what cannot be played is told by the error event.
    if (error instanceof DOMException && error.name === "NotAllowedError") setText(note, "Press play: browsers start no sound by themselves.");
  }
}

/** @param {Song} song */
function begin(song, words = song.audio_url ? "" : "30 seconds, from Deezer") {
  current = song;
  place = songs.findIndex(({ id }) => id === song.id);
  setText(note, words);
  audio.src = addressOf(song) ?? "";
  tellSystem(song);
  renderNow();
  resume();
}

/** Play a song, or pause it where it plays. @param {Song} song */
export function toggleSong(song) {
  chosen = true;
  if (song.id !== current?.id || audio.error) begin(song);
  else if (audio.paused) resume();
  else audio.pause();
}

/** Go on to the next song that can be played, from the last one to the first. @param {string} [words] */
function goOn(words) {
  chosen = false;
  const later = place < 0 || songs[place]?.id === current?.id ? place + 1 : place; // its place may be another's now
  const following = songs.slice(later).find(addressOf) ?? songs.find(addressOf);
  if (following) begin(following, words);
  else setText(note, "Nothing in this list can be played here.");
}

function goBack() {
  const earlier = songs.slice(0, Math.max(0, place)).findLast(addressOf);
  if (audio.currentTime > RESTART_S || !earlier) audio.currentTime = 0;
  else begin(earlier);
}

function ended() {
  if (onEnd()) place = -1; // the new list begins with its first song
  goOn();
}

/** Say why a song cannot be played; one that only came next is passed over. */
async function fail() {
  const failed = current;
  if (!failed || !audio.getAttribute("src")) return;
  renderButtons();
  const reason = await reasonOf(audio.src);
  if (failed !== current) return;
  failures += 1;
  if (chosen || failures >= songs.filter(addressOf).length) setText(note, reason);
  else goOn(`${failed.name} was left out: ${reason}`);
}

/** Ask the server why a song cannot be played: the audio element itself does not tell. @param {string} address */
async function reasonOf(address) {
  try {
    const response = await fetch(address, { headers: { Range: "bytes=0-0" } });
    if (response.ok) return "This browser cannot play the file.";
    return (await response.json()).error.message;
  } catch {
    return "It cannot be played now.";
  }
}

function togglePlay() {
  if (current) toggleSong(current);
  else goOn();
}

function seek() {
  seeking = false;
  audio.currentTime = position.valueAsNumber;
}

/** @param {KeyboardEvent} event */
function pressKey(event) {
  const control = nearest(event, "button, input, select, a, textarea, audio, summary");
  if (event.key !== " " || control || play.disabled || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (!event.repeat) togglePlay();
}

function setVolume() {
  audio.volume = volume.valueAsNumber;
  window.store("volume", volume.value); // of first_paint.js
}

/** Take the list that is on the page; one that is `changed` only in parts keeps its place. @param {Song[]} list */
export function renderPlayer(list, changed = false) {
  songs = list;
  const at = songs.findIndex(({ id }) => id === current?.id);
  if (at >= 0 || !changed) place = at;
  renderNow();
}

/** Play the first song of the list on the page. */
export function playFirst() {
  place = -1;
  goOn();
}

/** Stop a song that its listener does not want, and go on. @param {Song} song */
export function skip(song) {
  if (isPlaying(song)) goOn();
}

/** Wire the player; `takeNext` shows a waiting list between two songs. @param {() => boolean} takeNext whether it did */
export function wirePlayer(takeNext) {
  onEnd = takeNext;
  volume.value = window.stored("volume") ?? volume.value;
  audio.volume = volume.valueAsNumber;
  /** @type {[MediaSessionAction, () => void][]} */
  const actions = [["play", resume], ["pause", () => audio.pause()], ["nexttrack", () => goOn()], ["previoustrack", goBack]];
  for (const [name, action] of actions) navigator.mediaSession?.setActionHandler(name, action);
  play.addEventListener("click", togglePlay);
  next.addEventListener("click", () => goOn());
  previous.addEventListener("click", goBack);
  volume.addEventListener("input", setVolume);
  position.addEventListener("input", () => { seeking = true; renderPosition(); });
  position.addEventListener("change", seek);
  for (const name of ["play", "pause"]) audio.addEventListener(name, renderButtons);
  for (const name of ["timeupdate", "durationchange"]) audio.addEventListener(name, renderPosition);
  audio.addEventListener("playing", () => { failures = 0; });
  audio.addEventListener("ended", ended);
  audio.addEventListener("error", fail);
  addEventListener("keydown", pressKey);
}
