// The songs. A new list waits while the pointer or the keyboard is in the old one.

import { messageOf, send } from "./api.js";
import { byId, make, nearest, part, setHue, setText } from "./dom.js";
import { addressOf, isPlaying, playFirst, renderPlayer, skip, toggleSong } from "./playback.js";
import { byLine, nameOf } from "./words.js";

const FADE = { duration: 200, easing: "ease" };

const section = byId("music");
const title = byId("playlist-title");
const cause = byId("playlist-reason");
const list = byId("playlist");
const template = byId("row");
const empty = byId("playlist-empty");
const showNew = byId("show-new");
const canHover = matchMedia("(hover: hover)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {FetchPlaylist} */
let ask = async () => null; // fetches the list; null where a newer one is on its way
/** @type {Say} */
let complain = () => {};
let newest = ""; // what the server said last, to tell a new list from the old one
/** @type {Playlist | null} */
let shownPlaylist = null;
/** @type {Playlist | null} */
let waiting = null;

/**
 * A thumb down takes the song off the list at once; another comes in its place.
 *
 * @param {SongRow} row
 * @param {number} value
 * @param {boolean} byKeyboard
 */
async function rate(row, value, byKeyboard) {
  const { song } = row;
  const feedback = song.feedback === value ? 0 : value;
  const place = rowsOnPage().indexOf(row);
  try {
    await send("POST", "/api/feedback", { song_id: song.id, value: feedback });
    await takeRating({ ...song, feedback });
    complain("");
  } catch (error) {
    complain(messageOf(error));
  }
  const next = rowsOnPage()[place];
  if (byKeyboard && next) part(next, `[value="${value}"]`).focus({ preventScroll: true });
  if (feedback < 0) skip(song);
}

/** Show what a rating made of the list on the page; where the mood has moved on, only the thumb. @param {Song} song */
async function takeRating(song) {
  const shown = shownPlaylist;
  if (!shown) return;
  const { emotion, mode, version, songs } = shown;
  const next = (await ask()) ?? (await ask()); // the page's own asking may have come between
  if (shownPlaylist !== shown) return;
  if (next && next.emotion === emotion && next.mode === mode && next.version === version) {
    newest = keyOf(next);
    show(next, true);
  } else {
    show({ ...shown, songs: songs.map((other) => (other.id === song.id ? song : other)) }, true, waiting);
  }
}

function rowsOnPage() {
  return [...list.querySelectorAll("#playlist .song")];
}

/** Make the row of a song, which plays here or is opened where it can be heard. @param {Song} song */
function rowOf(song) {
  const row = /** @type {SongRow} */ (part(template.content, ".song").cloneNode(true));
  const [start, open] = [part(row, "button.start"), part(row, "a.start")];
  start.setAttribute("aria-label", `Play ${song.name}`);
  // A larger target for the finger; the keyboard and a screen reader have the same link by its name.
  open.href = song.links.youtube;
  (addressOf(song) ? open : start).remove();
  const texts = { title: song.name, by: byLine(song), why: song.reason };
  for (const [name, text] of Object.entries(texts)) part(row, `.${name}`).textContent = text;
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

/** Put the rows of `songs` in place; a row whose song stays is left as it is. @param {Song[]} songs */
function renderRows(songs) {
  const rows = new Map(rowsOnPage().map((row) => [JSON.stringify(row.song), row]));
  list.replaceChildren(...songs.map((song) => rows.get(JSON.stringify(song)) ?? rowOf(song)));
}

/** @param {Playlist} playlist */
function reasonWords({ emotion, reason, songs }) {
  if (songs.length) return reason;
  return emotion ? `There are no songs for ${nameOf(emotion)}` : "No mood yet";
}

/** Choose among the words that the page holds for a place without songs. @param {string} why */
function explain(why) {
  for (const words of empty.querySelectorAll("[data-when]")) words.hidden = words.dataset.when !== why;
}

/** Say what to do where there are no songs. @param {Status} [status] */
export function renderEmpty(status) {
  if (shownPlaylist?.songs.length !== 0) return;
  const { emotion } = shownPlaylist;
  if (emotion) setText(part(empty, "[data-when=no_songs] code"), `songs/${emotion}.csv`);
  explain(emotion ? "no_songs" : status === "no_camera" ? status : "no_mood");
}

/** @param {Emotion | null} emotion */
function renderTitle(emotion) {
  const word = make("span", "", emotion ? nameOf(emotion) : "");
  setHue(word, emotion);
  title.replaceChildren(emotion ? "Songs for " : "Songs", word);
}

/** Leave a copy of the old list on top, fading, while the new one fades in under it. */
function crossFade() {
  if (still.matches || !list.children.length) return;
  const old = /** @type {typeof list} */ (list.cloneNode(true));
  old.removeAttribute("id");
  old.className = "leaving";
  old.inert = true;
  for (const row of old.querySelectorAll(".song")) delete row.dataset.songId;
  list.after(old);
  old.animate([{ opacity: 1 }, { opacity: 0 }], { ...FADE, fill: "forwards" }).finished.finally(() => old.remove());
  list.animate([{ opacity: 0 }, { opacity: 1 }], FADE);
}

/** Show a list, or the one on the page `changed` in parts; `next` goes on waiting. @param {Playlist} playlist @param {Playlist | null} next */
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

/** @param {Playlist | null} playlist */
function keepWaiting(playlist) {
  waiting = playlist;
  showNew.hidden = !playlist;
  if (!playlist) return;
  const act = isPlaying() ? "now" : "show";
  setText(showNew, playlist.emotion ? `New songs for ${nameOf(playlist.emotion)}: ${act}` : `New list: ${act}`);
}

/** @param {Playlist} playlist */
function keyOf({ emotion, reason, songs }) {
  return JSON.stringify([emotion, reason, songs]);
}

function isHeld() {
  const pointed = canHover.matches && section.matches(":hover"); // on a touch screen :hover outlasts the touch
  return list.children.length > 0 && (pointed || list.contains(document.activeElement));
}

/** Show a list, or keep it back behind a button while somebody is using the one on the page. @param {Playlist} playlist */
export function renderPlaylist(playlist) {
  const key = keyOf(playlist);
  if (key === newest) return;
  newest = key;
  if (shownPlaylist && key === keyOf(shownPlaylist)) keepWaiting(null);
  else if (isHeld() || isPlaying()) keepWaiting(playlist);
  else show(playlist);
}

/** @param {string} message */
export function renderPlaylistTrouble(message) {
  if (shownPlaylist) return;
  setText(part(empty, "[data-when=trouble]"), message);
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
  if (!waiting) return;
  const playing = isPlaying();
  show(waiting);
  if (playing) playFirst();
  title.focus({ preventScroll: true }); // the button that had the focus is gone
}

/** @param {MouseEvent} event */
function press(event) {
  const [row, thumb] = [nearest(event, ".song"), nearest(event, ".thumb")];
  if (row && thumb) rate(row, Number(thumb.value), event.detail === 0);
  else if (row && nearest(event, "button")) toggleSong(row.song);
  if (event.detail) /** @type {HTMLElement} */ (document.activeElement).blur(); // a pointer's click must not hold the list for ever
}

export function listOnPage() {
  return shownPlaylist;
}

/** Wire the list. @param {FetchPlaylist} fetchList @param {Say} say */
export function wirePlaylist(fetchList, say) {
  [ask, complain] = [fetchList, say];
}

section.addEventListener("pointerleave", showWaiting);
list.addEventListener("focusout", () => setTimeout(showWaiting)); // after the focus has arrived elsewhere
list.addEventListener("click", press);
showNew.addEventListener("click", showNow);
