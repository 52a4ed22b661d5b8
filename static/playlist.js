// The songs. A new list waits while the pointer or the keyboard is in the old one.

import { send } from "./api.js";
import { icon, linkTo, make, setHue, setText } from "./dom.js";
import { addressOf, isPlaying, playFirst, renderPlayer, skip, toggleSong } from "./player.js";
import { byLine, nameOf } from "./words.js";

const SERVICES = [["spotify", "Spotify"], ["youtube", "YouTube"], ["deezer", "Deezer"]];
const FADE = { duration: 200, easing: "ease" };

const section = document.querySelector(".music");
const title = document.getElementById("playlist-title");
const reason = document.getElementById("playlist-reason");
const list = document.getElementById("playlist");
const empty = document.getElementById("playlist-empty");
const showNew = document.getElementById("show-new");
const canHover = matchMedia("(hover: hover)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let ask = async () => null; // fetches the list; null where a newer one is on its way
let complain = () => {};
let newest = ""; // what the server said last, to tell a new list from the old one
let shownPlaylist = null;
let waiting = null;

function linkOf(song, service, words) {
  const link = linkTo(song.links[service], "", words);
  link.setAttribute("aria-label", `${song.name} on ${words}`);
  return link;
}

/** The row's first button: plays the song here, or opens it where it can be heard. */
function startOf(song) {
  if (!addressOf(song)) {
    // A larger target for the finger; the keyboard and a screen reader have the same link by its name.
    const open = linkTo(song.links.youtube, "start round", icon("open"));
    open.setAttribute("aria-hidden", "true");
    open.tabIndex = -1;
    return open;
  }
  const start = make("button", "start round", icon("play"));
  start.setAttribute("aria-label", `Play ${song.name}`);
  start.addEventListener("click", () => toggleSong(song));
  return start;
}

function thumbOf(song, value, name, words) {
  const thumb = make("button", `thumb ${name}`, icon("up"));
  thumb.setAttribute("aria-label", `${words} ${song.name}`);
  thumb.setAttribute("aria-pressed", String(song.feedback === value));
  thumb.addEventListener("click", ({ detail }) => rate(song, value, thumb, detail === 0));
  return thumb;
}

/** A thumb down takes the song off the list at once; another comes in its place. */
async function rate(song, value, thumb, byKeyboard) {
  const feedback = song.feedback === value ? 0 : value;
  const place = [...list.children].indexOf(thumb.closest("li"));
  try {
    await send("POST", "/api/feedback", { song_id: song.id, value: feedback });
    await takeRating({ ...song, feedback });
    complain("");
  } catch (error) {
    complain(error.message);
  }
  if (byKeyboard) list.children[place]?.querySelector(`.${thumb.classList[1]}`)?.focus({ preventScroll: true });
  if (feedback < 0) skip(song);
}

/** Show what a rating made of the list on the page; where the mood has moved on, only the thumb. */
async function takeRating(song) {
  const { emotion, mode, version, songs } = shownPlaylist;
  const next = (await ask()) ?? (await ask()); // the page's own asking may have come between
  if (next && next.emotion === emotion && next.mode === mode && next.version === version) {
    newest = keyOf(next);
    show(next, true);
  } else {
    show({ ...shownPlaylist, songs: songs.map((one) => (one.id === song.id ? song : one)) }, true, waiting);
  }
}

function rowOf(song) {
  const links = SERVICES.filter(([key]) => song.links[key]).map(([key, words]) => linkOf(song, key, words));
  const row = make(
    "li",
    "song",
    startOf(song),
    make("span", "title", song.name),
    make("span", "by", byLine(song)),
    make("span", "more", make("span", "why", song.reason), make("span", "opens", ...links)),
    make("span", "thumbs", thumbOf(song, 1, "up", "More like"), thumbOf(song, -1, "down", "Not")),
  );
  row.song = song;
  row.dataset.songId = song.id;
  return row;
}

/** Put the rows of `songs` in place; a row whose song stays is left as it is. */
function renderRows(songs) {
  const rows = new Map([...list.children].map((row) => [JSON.stringify(row.song), row]));
  list.replaceChildren(...songs.map((song) => rows.get(JSON.stringify(song)) ?? rowOf(song)));
}

/** What to do where there is nothing to show, as paragraphs. */
function emptyParagraphs(emotion, status) {
  if (emotion) {
    const file = make("code", "", `songs/${emotion}.csv`);
    return [make("p", "", "Add rows to ", file, ", or mend it, and start again.")];
  }
  if (status === "no_camera") {
    return [
      make("p", "", "Press ", make("b", "", "Use my camera"), ", and the songs follow your face."),
      make("p", "", "Or press a mood, and they follow that."),
      make("p", "", "Affectune can also look at a camera of its own computer: plug one in and start again, or start with ",
        make("code", "", "--source demo"), " for an animated face."),
    ];
  }
  return [make("p", "", "Songs come as soon as a face is in view, or when you press a mood.")];
}

function reasonWords({ emotion, reason, songs }) {
  if (songs.length) return reason;
  return emotion ? `There are no songs for ${nameOf(emotion)}` : "No mood yet";
}

/** Fill the place of the songs where there are none. */
export function renderEmpty(status) {
  const words = shownPlaylist?.songs.length === 0 ? emptyParagraphs(shownPlaylist.emotion, status) : null;
  const text = words?.map((element) => element.textContent).join("");
  if (words && text !== empty.textContent) empty.replaceChildren(...words);
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
  setText(reason, reasonWords(playlist));
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
  if (!shownPlaylist) empty.replaceChildren(make("p", "", message));
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

function releaseFocus(event) {
  if (event.detail) document.activeElement.blur(); // a pointer's click must not hold the list for ever
}

/** Wire the list; `fetchList` asks for it anew, `say` takes what went wrong, or "". */
export function wirePlaylist(fetchList, say) {
  [ask, complain] = [fetchList, say];
}

section.addEventListener("pointerleave", showWaiting);
list.addEventListener("focusout", () => setTimeout(showWaiting)); // after the focus has arrived elsewhere
list.addEventListener("click", releaseFocus);
showNew.addEventListener("click", showNow);
