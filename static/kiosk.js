// The wall display: the picture, the mood and a song, with nothing to press. It recovers by
// itself: nobody is there to reload it.

import { request } from "./api.js";
import { setHue, setText } from "./dom.js";
import { checkStream, closeStream, coverVideo, openStream, setAspect } from "./video.js";
import { byLine, claimedMood, coverWords, moodWord } from "./words.js";

const STATE_MS = 500;
const LONGEST_WAIT_MS = 5000;
const SONG_MS = 30000; // for a song that cannot be played here

const mood = document.getElementById("mood");
const song = document.getElementById("song");
const audio = document.getElementById("audio");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let failures = 0;
let version = null;
let songs = [];
let place = 0;
let turn = 0;
let connected = false;

function showSong() {
  const next = songs[place % Math.max(1, songs.length)];
  setText(document.getElementById("song-title"), next?.name ?? "");
  setText(document.getElementById("song-by"), next ? byLine(next) : "");
  setText(document.getElementById("song-why"), next?.reason ?? "");
  if (!still.matches) song.animate([{ opacity: 0 }, { opacity: 1 }], 200);
  clearTimeout(turn);
  const address = next?.audio_url ?? next?.preview_url;
  audio.pause();
  if (next) turn = setTimeout(nextSong, SONG_MS);
  if (!address) return;
  audio.src = address;
  audio.play().then(() => clearTimeout(turn), () => {}); // a browser may want a touch first: then it stays silent
}

function nextSong() {
  place += 1;
  showSong();
}

async function refreshSongs() {
  const { body } = await request("/api/playlist?limit=10");
  const changed = JSON.stringify(body.songs) !== JSON.stringify(songs);
  version = body.version;
  songs = body.songs;
  if (!changed || (songs.length && !audio.paused)) return; // a song is played to its end
  place = 0;
  showSong();
}

function render(state) {
  setAspect(state.source);
  setText(mood, moodWord(state));
  setHue(mood, claimedMood(state));
  coverVideo(coverWords(state));
}

async function poll() {
  try {
    const { body } = await request("/api/state");
    render(body);
    if (!connected) openStream();
    connected = true;
    failures = 0;
    if (body.version !== version) await refreshSongs();
    if (body.source.status === "ok") checkStream();
  } catch {
    failures += 1;
    connected = false;
    closeStream();
    version = null;
    setText(mood, "One moment");
    setHue(mood, null);
    coverVideo(["Waiting for Affectune", ""]);
  }
  setTimeout(poll, failures ? Math.min(LONGEST_WAIT_MS, STATE_MS * 2 ** failures) : STATE_MS);
}

audio.addEventListener("ended", nextSong);
audio.addEventListener("error", () => { turn ||= setTimeout(nextSong, SONG_MS); });
poll();
