// The songs. A new list waits while the pointer or the keyboard is in the old one.

import { setHue, setText } from "./mood.js";
import { nameOf } from "./words.js";

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

let newest = ""; // what the server said last, to tell a new list from the old one
let shownPlaylist = null;
let waiting = null;

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function linkOf(song, service, words) {
  const link = make("a", "", words);
  link.href = song.links[service];
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.setAttribute("aria-label", `${song.name} on ${words}`);
  return link;
}

function rowOf(song) {
  const row = make("li", "song");
  const opens = make("span", "opens");
  row.dataset.songId = song.id;
  opens.append(...SERVICES.filter(([key]) => song.links[key]).map(([key, words]) => linkOf(song, key, words)));
  row.append(
    make("span", "title", song.name),
    make("span", "by", [song.artist, song.release_year].filter(Boolean).join(" · ")),
    make("span", "why", song.reason),
    opens,
  );
  return row;
}

function paragraph(...parts) {
  const element = make("p");
  element.append(...parts);
  return element;
}

/** What to do where there is nothing to show, as paragraphs. */
function emptyParagraphs(emotion, status) {
  if (emotion) {
    const file = make("code", "", `songs/${emotion}.csv`);
    return [paragraph("Add rows to ", file, ", or mend it, and start again.")];
  }
  if (status === "no_camera") {
    return [
      paragraph("Plug in a camera and start again, or start with"),
      paragraph(make("code", "", "--source demo"), " for an animated face,"),
      paragraph(make("code", "", "--source PATH"), " for a video file."),
      paragraph("Or press a mood, and the songs follow it."),
    ];
  }
  return [paragraph("Songs come as soon as a face is in view, or when you press a mood.")];
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

function show(playlist) {
  waiting = null;
  shownPlaylist = playlist;
  showNew.hidden = true;
  crossFade();
  renderTitle(playlist.emotion);
  setText(reason, reasonWords(playlist));
  list.replaceChildren(...playlist.songs.map(rowOf));
  empty.hidden = playlist.songs.length > 0;
}

function isHeld() {
  const pointed = canHover.matches && section.matches(":hover"); // on a touch screen :hover outlasts the touch
  return list.children.length > 0 && (pointed || list.contains(document.activeElement));
}

/** Show a list, or keep it back behind a button while somebody is using the one on the page. */
export function renderPlaylist(playlist) {
  const key = JSON.stringify([playlist.emotion, playlist.reason, playlist.songs]);
  if (key === newest) return;
  newest = key;
  if (!isHeld()) return show(playlist);
  waiting = playlist;
  showNew.textContent = playlist.emotion ? `New songs for ${nameOf(playlist.emotion)}: show` : "New list: show";
  showNew.hidden = false;
}

export function renderPlaylistTrouble(message) {
  if (!shownPlaylist) empty.replaceChildren(paragraph(message));
}

function showWaiting() {
  if (waiting && !isHeld()) show(waiting);
}

function showNow() {
  show(waiting);
  title.focus({ preventScroll: true }); // the button that had the focus is gone
}

function releaseFocus(event) {
  if (event.detail) document.activeElement.blur(); // a pointer's click must not hold the list for ever
}

section.addEventListener("pointerleave", showWaiting);
list.addEventListener("focusout", () => setTimeout(showWaiting)); // after the focus has arrived elsewhere
list.addEventListener("click", releaseFocus);
showNew.addEventListener("click", showNow);
