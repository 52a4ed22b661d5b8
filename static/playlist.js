// The songs. A new list waits while the pointer or the keyboard is in the old one.

import { send } from "./api.js";
import { make, setHue, setText } from "./dom.js";
import { addressOf, isPlaying, playFirst, renderPlayer, skip, toggleSong } from "./playback.js";
import { byLine, nameOf } from "./words.js";

const FADE = { duration: 200, easing: "ease" };

const section = document.querySelector(".music");
const title = document.getElementById("playlist-title");
const cause = document.getElementById("playlist-reason");
const list = document.getElementById("playlist");
const template = document.getElementById("row");
const empty = document.getElementById("playlist-empty");
const showNew = document.getElementById("show-new");
const canHover = matchMedia("(hover: hover)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let ask = async () => null; // fetches the list; null where a newer one is on its way
let complain = () => {};
let newest = ""; // what the server said last, to tell a new list from the old one
let shownPlaylist = null;
let waiting = null;

/** A thumb down takes the song off the list at once; another comes in its place. */
async function rate(thumb, byKeyboard) {
  const row = thumb.closest("li");
  const { song } = row;
  const value = Number(thumb.value);
  const feedback = song.feedback === value ? 0 : value;
  const place = [...list.children].indexOf(row);
  try {
    await send("POST", "/api/feedback", { song_id: song.id, value: feedback });
    await takeRating({ ...song, feedback });
    complain("");
  } catch (error) {
    complain(error.message);
  }
  if (byKeyboard) list.children[place]?.querySelector(`[value="${value}"]`)?.focus({ preventScroll: true });
  if (feedback < 0) skip(song);
}

/** Show what a rating made of the list on the page; where the mood has moved on, only the thumb. */
async function takeRating(song) {
  const shown = shownPlaylist;
  const { emotion, mode, version, songs } = shown;
  const next = (await ask()) ?? (await ask()); // the page's own asking may have come between
  if (shownPlaylist !== shown) return;
  if (next && next.emotion === emotion && next.mode === mode && next.version === version) {
    newest = keyOf(next);
    show(next, true);
  } else {
    show({ ...shown, songs: songs.map((one) => (one.id === song.id ? song : one)) }, true, waiting);
  }
}

/** Make the row of a song, which plays here or is opened where it can be heard. */
function rowOf(song) {
  const row = template.content.firstElementChild.cloneNode(true);
  const [start, open] = row.querySelectorAll(".start");
  start.setAttribute("aria-label", `Play ${song.name}`);
  // A larger target for the finger; the keyboard and a screen reader have the same link by its name.
  open.href = song.links.youtube;
  (addressOf(song) ? open : start).remove();
  const texts = { title: song.name, by: byLine(song), why: song.reason };
  for (const [name, text] of Object.entries(texts)) row.querySelector(`.${name}`).textContent = text;
  for (const link of row.querySelectorAll("[data-service]")) {
    link.href = song.links[link.dataset.service];
    link.setAttribute("aria-label", `${song.name} on ${link.textContent}`);
  }
  for (const thumb of row.querySelectorAll(".thumb")) {
    const value = Number(thumb.value);
    thumb.setAttribute("aria-label", `${value > 0 ? "More like" : "Not"} ${song.name}`);
    thumb.setAttribute("aria-pressed", String(song.feedback === value));
  }
  row.song = song;
  row.dataset.songId = song.id;
  return row;
}

/** Put the rows of `songs` in place; a row whose song stays is left as it is. */
function renderRows(songs) {
  const rows = new Map([...list.children].map((row) => [JSON.stringify(row.song), row]));
  list.replaceChildren(...songs.map((song) => rows.get(JSON.stringify(song)) ?? rowOf(song)));
}

function reasonWords({ emotion, reason, songs }) {
  if (songs.length) return reason;
  return emotion ? `There are no songs for ${nameOf(emotion)}` : "No mood yet";
}

/** Choose among the words that the page holds for a place without songs. */
function explain(why) {
  for (const words of empty.children) words.hidden = words.dataset.when !== why;
}

/** Say what to do where there are no songs. */
export function renderEmpty(status) {
  if (shownPlaylist?.songs.length !== 0) return;
  const { emotion } = shownPlaylist;
  if (emotion) setText(empty.querySelector("[data-when=no_songs] code"), `songs/${emotion}.csv`);
  explain(emotion ? "no_songs" : status === "no_camera" ? status : "no_mood");
}

function renderTitle(emotion) {
  const word = make("span", "", emotion ? nameOf(emotion) : "");
  setHue(word, emotion);
  title.replaceChildren(emotion ? "Songs for " : "Songs", word);
}

/** Leave a copy of the old list on top, fading, while the new one fades in under it. */
function crossFade() {
  if (still.matches || !list.children.length) return;
  const old = list.cloneNode(true);
  old.removeAttribute("id");
  old.className = "leaving";
  old.inert = true;
  for (const row of old.children) delete row.dataset.songId;
  list.after(old);
  old.animate([{ opacity: 1 }, { opacity: 0 }], { ...FADE, fill: "forwards" }).finished.finally(() => old.remove());
  list.animate([{ opacity: 0 }, { opacity: 1 }], FADE);
}

/** Show a list, or the one on the page `changed` in parts; `next` goes on waiting. */
function show(playlist, changed = false, next = null) {
  if (!changed) crossFade();
  shownPlaylist = playlist;
  renderTitle(playlist.emotion);
  setText(cause, reasonWords(playlist));
  renderRows(playlist.songs);
  renderPlayer(playlist.songs, changed);
  empty.hidden = playlist.songs.length > 0;
  keepWaiting(next);
}

function keepWaiting(playlist) {
  waiting = playlist;
  showNew.hidden = !playlist;
  if (!playlist) return;
  const act = isPlaying() ? "now" : "show";
  setText(showNew, playlist.emotion ? `New songs for ${nameOf(playlist.emotion)}: ${act}` : `New list: ${act}`);
}

function keyOf({ emotion, reason, songs }) {
  return JSON.stringify([emotion, reason, songs]);
}

function isHeld() {
  const pointed = canHover.matches && section.matches(":hover"); // on a touch screen :hover outlasts the touch
  return list.children.length > 0 && (pointed || list.contains(document.activeElement));
}

/** Show a list, or keep it back behind a button while somebody is using the one on the page. */
export function renderPlaylist(playlist) {
  const key = keyOf(playlist);
  if (key === newest) return;
  newest = key;
  if (shownPlaylist && key === keyOf(shownPlaylist)) keepWaiting(null);
  else if (isHeld() || isPlaying()) keepWaiting(playlist);
  else show(playlist);
}

export function renderPlaylistTrouble(message) {
  if (shownPlaylist) return;
  setText(empty.querySelector("[data-when=trouble]"), message);
  explain("trouble");
}

function showWaiting() {
  if (waiting && !isHeld() && !isPlaying()) show(waiting);
}

/** Between two songs: take the list that waits. */
export function takeWaiting() {
  if (!waiting || isHeld()) return false;
  show(waiting);
  return true;
}

function showNow() {
  const playing = isPlaying();
  show(waiting);
  if (playing) playFirst();
  title.focus({ preventScroll: true }); // the button that had the focus is gone
}

function press({ target, detail }) {
  const button = target.closest("button");
  if (button?.matches(".thumb")) rate(button, detail === 0);
  else if (button) toggleSong(button.closest("li").song);
  if (detail) document.activeElement.blur(); // a pointer's click must not hold the list for ever
}

export function listOnPage() {
  return shownPlaylist;
}

/** Wire the list; `fetchList` asks for it anew, `say` takes what went wrong, or "". */
export function wirePlaylist(fetchList, say) {
  [ask, complain] = [fetchList, say];
}

section.addEventListener("pointerleave", showWaiting);
list.addEventListener("focusout", () => setTimeout(showWaiting)); // after the focus has arrived elsewhere
list.addEventListener("click", press);
showNew.addEventListener("click", showNow);
