// The wall display: the picture, the mood and a song, with nothing to press. It recovers by
// itself: nobody is there to reload it.

import { ApiError, messageOf, request } from "./api.js";
import { byId, setHue, setText } from "./dom.js";
import { ownCameraRuns, turnOn, watchOwnCamera } from "./own_camera.js";
import { checkStream, closeStream, coverVideo, openStream, setAspect } from "./video.js";
import { byLine, claimedMood, coverWords, moodWord, nameOf } from "./words.js";

const STATE_MS = 500;
const MAX_WAIT_MS = 5000;
const SONG_MS = 30000; // for a song that cannot be played here
const HIDDEN_MS = 5000;
const CAMERA_MS = 30000; // between two attempts at this display's own camera

const mood = byId("mood");
const announcement = byId("announcement");
const song = byId("song");
const audio = byId("audio");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let failures = 0;
let timer = 0;
/** @type {number | null} */
let version = null;
/** @type {Song[]} */
let songs = [];
let place = 0;
let turn = 0;
let playing = false;
let triedAt = -Infinity;
let trouble = "";

/** Show a song, and play it where that can be done: some browsers want a touch first, and stay silent. */
function showSong() {
  place = Math.max(0, place);
  const next = songs[place];
  setText(byId("song-title"), next?.name ?? "");
  setText(byId("song-by"), next ? byLine(next) : "");
  setText(byId("song-why"), next?.reason ?? "");
  if (!still.matches) song.animate([{ opacity: 0 }, { opacity: 1 }], 200);
  clearTimeout(turn);
  turn = setTimeout(nextSong, SONG_MS); // until it sounds
  playing = false;
  audio.pause();
  const address = next?.audio_url ?? next?.preview_url;
  if (!address) return;
  audio.src = address;
  audio.play().catch(() => {});
}

function nextSong() {
  place = songs.length ? (place + 1) % songs.length : 0;
  showSong();
}

async function refreshSongs() {
  const { body } = await request("/api/playlist?limit=10");
  const changed = JSON.stringify(body.songs) !== JSON.stringify(songs);
  version = body.version;
  songs = body.songs;
  if (!changed) return;
  place = playing ? -1 : 0; // a song is played to its end
  if (!playing) showSong();
}

/** @param {State} state */
function render(state) {
  const none = state.source.status === "none";
  if (none) useOwnCamera();
  if (!ownCameraRuns()) setAspect(state.source);
  setText(mood, moodWord(state));
  setHue(mood, claimedMood(state));
  if (state.emotion) setText(announcement, `Mood: ${nameOf(state.emotion)}`);
  if (ownCameraRuns()) coverVideo(null);
  else coverVideo(none ? ["Waiting for a camera", trouble] : coverWords(state));
  if (none || ownCameraRuns() || document.hidden) closeStream();
  else openStream();
}

/** Where the server has no camera, this display's own will do; the browser asks for it once. */
async function useOwnCamera() {
  if (performance.now() - triedAt < CAMERA_MS) return;
  triedAt = performance.now();
  try {
    await turnOn();
  } catch (error) {
    trouble = error instanceof ApiError ? error.brief : messageOf(error);
  }
}

async function poll() {
  clearTimeout(timer);
  try {
    const { body } = await request("/api/state");
    render(body);
    if (body.version !== version) await refreshSongs();
    if (failures && audio.error) showSong(); // its sound has broken off
    failures = 0;
    if (body.source.status === "ok") checkStream();
  } catch {
    failures += 1;
    closeStream();
    version = null;
    setText(mood, "One moment");
    setHue(mood, null);
    coverVideo(["Waiting for Affectune", ""]);
  }
  clearTimeout(timer);
  timer = setTimeout(poll, failures ? Math.min(MAX_WAIT_MS, STATE_MS * 2 ** failures) : document.hidden ? HIDDEN_MS : STATE_MS);
}

function sound() {
  playing = true;
  clearTimeout(turn);
}

function breakOff() {
  playing = false;
  clearTimeout(turn);
  turn = setTimeout(nextSong, SONG_MS);
}

/** A display that is looked at must not go dark. */
async function stayAwake() {
  try {
    if (!document.hidden) await navigator.wakeLock?.request("screen");
  } catch {
    // The battery is low, or the page came by http: then the display's own settings decide.
  }
}

audio.addEventListener("playing", sound);
for (const name of ["error", "waiting"]) audio.addEventListener(name, breakOff);
audio.addEventListener("ended", nextSong);
for (const follow of [stayAwake, poll]) document.addEventListener("visibilitychange", follow);
watchOwnCamera(() => render, (words) => { trouble = words; });
stayAwake();
poll();
