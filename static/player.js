// The player: plays what can be played here, opens what cannot, and goes through the list.

import { icon, setText } from "./dom.js";
import { byLine } from "./words.js";

const panel = document.getElementById("player");
const audio = document.getElementById("audio");
const title = document.getElementById("now-title");
const by = document.getElementById("now-by");
const note = document.getElementById("now-note");
const play = document.getElementById("play");
const position = document.getElementById("position");
const time = document.getElementById("time");
const volume = document.getElementById("volume");

let songs = []; // of the list on the page
let current = null;
let seeking = false;
let onEnd = () => false; // takes the next list where one waits; true where it did

export function addressOf(song) {
  return song.audio_url ?? song.preview_url;
}

export function isPlaying() {
  return current !== null && !audio.paused;
}

function minutes(seconds) {
  const whole = Math.floor(seconds || 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function renderButton() {
  const playing = isPlaying();
  play.setAttribute("aria-label", playing ? "Pause" : "Play");
  play.replaceChildren(icon(playing ? "pause" : "play"));
  for (const row of document.querySelectorAll("#playlist .song")) {
    const ours = row.dataset.songId === current?.id;
    row.toggleAttribute("data-now", ours);
    const button = row.querySelector(".start");
    if (!addressOf(row.song)) continue;
    button.replaceChildren(icon(ours && playing ? "pause" : "play"));
    button.setAttribute("aria-label", `${ours && playing ? "Pause" : "Play"} ${row.song.name}`);
  }
}

function renderPosition() {
  const length = Number.isFinite(audio.duration) ? audio.duration : 0;
  position.disabled = !length;
  position.max = Math.floor(length);
  if (!seeking) position.value = audio.currentTime;
  position.setAttribute("aria-valuetext", `${minutes(position.value)} of ${minutes(length)}`);
  setText(time, length ? `${minutes(position.value)} / ${minutes(length)}` : "0:00");
}

function renderNow() {
  panel.hidden = !current && !songs.some(addressOf);
  setText(title, current ? current.name : "Nothing plays yet");
  setText(by, current ? byLine(current) : "Press play, or a song");
  renderButton();
  renderPosition();
}

function tellSystem(song) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title: song.name, artist: song.artist, album: song.album });
}

async function begin(song) {
  current = song;
  setText(note, song.audio_url ? "" : "30 seconds, from Deezer");
  audio.src = addressOf(song);
  tellSystem(song);
  renderNow();
  try {
    await audio.play();
  } catch (error) {
    // A newer choice interrupts the older one; what cannot be played is told by the error event.
    if (error.name === "NotAllowedError") setText(note, "Press play: browsers start no sound by themselves.");
  }
}

/** Play a song, or pause it where it plays. */
export function toggleSong(song) {
  if (song.id !== current?.id) return begin(song);
  return audio.paused ? audio.play() : audio.pause();
}

function step(by) {
  const playable = songs.filter(addressOf);
  if (!playable.length) return stop("The list has nothing more to play here.");
  const place = playable.findIndex((song) => song.id === current?.id);
  const next = place < 0 ? 0 : place + by;
  if (by < 0 && (audio.currentTime > 3 || next < 0)) {
    audio.currentTime = 0;
    return undefined;
  }
  return next < playable.length ? begin(playable[next]) : stop("That was the list.");
}

function stop(words) {
  audio.pause();
  setText(note, words);
}

function ended() {
  if (onEnd()) current = null; // the new list begins with its first song
  step(1);
}

async function fail() {
  if (!audio.getAttribute("src")) return;
  setText(note, await reasonOf(audio.src));
  renderButton();
}

/** Ask the server why a song cannot be played: the audio element itself does not tell. */
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
  return current ? toggleSong(current) : step(1);
}

function seek() {
  seeking = false;
  audio.currentTime = position.value;
}

function pressKey(event) {
  const control = event.target.closest("button, input, select, a, textarea, dialog, summary");
  if (event.key !== " " || control || panel.hidden) return;
  event.preventDefault();
  togglePlay();
}

/** Take the list that is on the page. */
export function renderPlayer(list) {
  songs = list;
  renderNow();
}

/** Play the first song of the list on the page. */
export function playFirst() {
  current = null;
  step(1);
}

/** Wire the player; `takeNext` shows a waiting list between two songs, and says whether it did. */
export function wirePlayer(takeNext) {
  onEnd = takeNext;
  audio.volume = volume.value;
  const actions = { play: togglePlay, pause: togglePlay, nexttrack: () => step(1), previoustrack: () => step(-1) };
  for (const [name, action] of Object.entries(actions)) navigator.mediaSession?.setActionHandler(name, action);
  play.addEventListener("click", togglePlay);
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("previous").addEventListener("click", () => step(-1));
  volume.addEventListener("input", () => { audio.volume = volume.value; });
  position.addEventListener("input", () => { seeking = true; renderPosition(); });
  position.addEventListener("change", seek);
  for (const name of ["play", "pause"]) audio.addEventListener(name, renderButton);
  for (const name of ["timeupdate", "durationchange"]) audio.addEventListener(name, renderPosition);
  audio.addEventListener("ended", ended);
  audio.addEventListener("error", fail);
  addEventListener("keydown", pressKey);
}
