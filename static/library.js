// "Your music": songs of your own, previews, what to take along, and what is kept.

import { request, send } from "./api.js";
import { make, setText } from "./dom.js";
import { listOnPage } from "./playlist.js";

const IMPORT_MS = 120000; // a hundred thousand rows take a while
const PROGRESS_MS = 2000; // while the folder of music is read
const BAR_MS = 300;
const MOST_REASONS = 5;

const form = document.getElementById("import");
const bar = document.getElementById("import-progress");
const result = document.getElementById("import-result");
const dialog = document.getElementById("library-dialog");
const origins = document.getElementById("library-origins");
const counts = document.getElementById("library-counts");
const previews = document.getElementById("previews");
const note = document.getElementById("library-note");

let refreshList = () => {};
let importing = false;
let timer = 0;

function lines(texts) {
  return texts.map((text) => make("p", "small", text));
}

function summaryOf({ new: added, known, left_out: leftOut, skipped, notes }) {
  const parts = [`${added} new ${added === 1 ? "song" : "songs"}`];
  if (known) parts.push(`${known} known already`);
  if (leftOut) parts.push(`${leftOut} left out`);
  const more = leftOut - Math.min(skipped.length, MOST_REASONS);
  return [`${parts.join(", ")}.`, ...notes, ...skipped.slice(0, MOST_REASONS), ...(more > 0 ? [`and ${more} more`] : [])];
}

async function moveBar() {
  const { reading } = (await request("/api/library")).body;
  if (!reading?.total) return;
  bar.max = reading.total;
  bar.value = reading.done;
}

async function importFile(event) {
  event.preventDefault();
  if (importing) return; // `disabled` would take the focus away
  importing = true;
  result.replaceChildren(...lines(["Reading the file"]));
  bar.removeAttribute("value");
  bar.hidden = false;
  const moving = setInterval(() => moveBar().catch(() => {}), BAR_MS);
  try {
    const options = { method: "POST", body: new FormData(form), signal: AbortSignal.timeout(IMPORT_MS) };
    const { body } = await request("/api/import", options);
    result.replaceChildren(...lines(summaryOf(body)));
    form.reset();
    await Promise.all([refreshCounts(), refreshList()]);
  } catch (error) {
    result.replaceChildren(...lines([error.message]));
    refreshCounts().catch(() => {}); // what came before the trouble is kept
  } finally {
    clearInterval(moving);
    bar.hidden = true;
    importing = false;
  }
}

function folderWords(folder) {
  if (folder?.status === "failed") return ` ${folder.message}.`;
  if (folder?.status !== "running" || !folder.stage) return "";
  const what = folder.stage === "sound" ? "Measuring the sound of" : "Reading";
  return ` ${what} ${folder.folder}: ${folder.done} of ${folder.total}.`;
}

function countOf(songs) {
  return songs === 1 ? "1 song" : `${songs.toLocaleString()} songs`;
}

function originRow({ origin, songs }) {
  const button = make("button", "link", "Remove");
  button.type = "button";
  button.setAttribute("aria-label", `Remove ${origin}`);
  button.addEventListener("click", () => remove(origin, songs));
  return make("li", "small", `${origin} · ${countOf(songs)} · `, button);
}

async function refreshCounts() {
  const { body } = await request("/api/library");
  const holds = body.songs ? `Your library holds ${countOf(body.songs)}.` : "Your library is empty; the songs that came with Affectune play.";
  setText(counts, holds + folderWords(body.music));
  const key = JSON.stringify(body.origins);
  if (origins.dataset.key !== key) origins.replaceChildren(...body.origins.map(originRow));
  origins.dataset.key = key;
  previews.checked = body.previews;
  clearTimeout(timer);
  if (dialog.open && ["waiting", "running"].includes(body.music?.status)) timer = setTimeout(() => refreshCounts().catch(() => {}), PROGRESS_MS);
}

async function remove(origin, songs) {
  if (!confirm(`Remove the ${countOf(songs)} of ${origin} from your library? The files stay.`)) return;
  try {
    await send("DELETE", `/api/library?origin=${encodeURIComponent(origin)}`, {});
    await Promise.all([refreshCounts(), refreshList()]);
    counts.focus(); // the button is gone
  } catch (error) {
    setText(note, error.message);
  }
}

/** Show what the library holds as the dialog opens; `ask` fetches the list of songs anew. */
export async function fillLibrary(ask) {
  refreshList = ask;
  try {
    await refreshCounts();
    setText(note, "");
  } catch (error) {
    setText(note, error.message);
  }
}

async function switchPreviews() {
  try {
    previews.checked = (await send("POST", "/api/previews", { on: previews.checked })).on;
    await refreshList();
  } catch (error) {
    previews.checked = !previews.checked;
    setText(note, error.message);
  }
}

async function forget() {
  if (!confirm("Forget your thumbs, corrections and moods? They cannot be brought back.")) return;
  try {
    const { removed } = await send("DELETE", "/api/me", {});
    setText(note, removed ? "Forgotten: thumbs, corrections and moods are gone." : "There was nothing to forget.");
    await refreshList();
  } catch (error) {
    setText(note, error.message);
  }
}

/** The list on the page may be older than the mood of now: name it. */
function nameList({ currentTarget: link }) {
  const { emotion, mode, version } = listOnPage() ?? {};
  link.search = emotion ? new URLSearchParams({ emotion, mode, version }) : "";
}

for (const link of dialog.querySelectorAll("[href^='/api/playlist']")) link.addEventListener("click", nameList);
document.getElementById("forget").addEventListener("click", forget);
form.addEventListener("submit", importFile);
previews.addEventListener("change", switchPreviews);
