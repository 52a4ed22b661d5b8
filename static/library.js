// "Your music": songs of your own, previews, what to take along, and what is kept.

import { messageOf, request, send } from "./api.js";
import { byId, make, setText } from "./dom.js";
import { listOnPage } from "./playlist.js";

const IMPORT_MS = 120000; // a hundred thousand rows take a while
const PROGRESS_MS = 2000; // while the folder of music is read
const BAR_MS = 300;
const MAX_REASONS = 5;

const form = byId("import");
const bar = byId("import-progress");
const result = byId("import-result");
const dialog = byId("library-dialog");
const origins = byId("library-origins");
const counts = byId("library-counts");
const previews = byId("previews");
const note = byId("library-note");

/** @type {() => Promise<void>} */
let refreshList = async () => {};
let importing = false;
let timer = 0;

/** @param {string[]} texts */
function lines(texts) {
  return texts.map((text) => make("p", "small", text));
}

/** @param {ImportSummary} summary */
function summaryOf({ new: added, known, left_out: leftOut, skipped, notes }) {
  const parts = [`${added} new ${added === 1 ? "song" : "songs"}`];
  if (known) parts.push(`${known} known already`);
  if (leftOut) parts.push(`${leftOut} left out`);
  const more = leftOut - Math.min(skipped.length, MAX_REASONS);
  return [`${parts.join(", ")}.`, ...notes, ...skipped.slice(0, MAX_REASONS), ...(more > 0 ? [`and ${more} more`] : [])];
}

async function moveBar() {
  const { reading } = (await request("/api/library")).body;
  if (!reading?.total) return;
  bar.max = reading.total;
  bar.value = reading.done;
}

/** @param {Event} event */
async function importFile(event) {
  event.preventDefault();
  if (importing) return; // `disabled` would take the focus away
  importing = true;
  result.replaceChildren(...lines(["Reading the file"]));
  bar.removeAttribute("value");
  bar.hidden = false;
  const moving = setInterval(() => moveBar().catch(() => {}), BAR_MS);
  try {
    const sent = { body: new FormData(form), signal: AbortSignal.timeout(IMPORT_MS) };
    const { body } = await request("/api/import", { method: "POST", ...sent });
    result.replaceChildren(...lines(summaryOf(body)));
    form.reset();
    await Promise.all([refreshCounts(), refreshList()]);
  } catch (error) {
    result.replaceChildren(...lines([messageOf(error)]));
    refreshCounts().catch(() => {}); // what came before the trouble is kept
  } finally {
    clearInterval(moving);
    bar.hidden = true;
    importing = false;
  }
}

/** @param {Scan | null} folder */
function folderWords(folder) {
  if (folder?.status === "failed") return ` ${folder.message}.`;
  if (folder?.status !== "running" || !folder.stage) return "";
  const act = folder.stage === "sound" ? "Measuring the sound of" : "Reading";
  return ` ${act} ${folder.folder}: ${folder.done} of ${folder.total}.`;
}

/** @param {number} songs */
function countOf(songs) {
  return songs === 1 ? "1 song" : `${songs.toLocaleString()} songs`;
}

/** @param {Origin} row */
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
  if (dialog.open && ["waiting", "running"].includes(body.music?.status ?? "")) timer = setTimeout(() => refreshCounts().catch(() => {}), PROGRESS_MS);
}

/** @param {string} origin @param {number} songs */
async function remove(origin, songs) {
  if (!confirm(`Remove the ${countOf(songs)} of ${origin} from your library? The files stay.`)) return;
  try {
    await send("DELETE", `/api/library?origin=${encodeURIComponent(origin)}`, {});
    await Promise.all([refreshCounts(), refreshList()]);
    counts.focus(); // the button is gone
  } catch (error) {
    setText(note, messageOf(error));
  }
}

/**
 * Show what the library holds as the dialog opens; `ask` fetches the list of songs anew.
 *
 * @param {() => Promise<void>} ask
 */
export async function fillLibrary(ask) {
  refreshList = ask;
  try {
    await refreshCounts();
    setText(note, "");
  } catch (error) {
    setText(note, messageOf(error));
  }
}

async function switchPreviews() {
  try {
    previews.checked = (await send("POST", "/api/previews", { on: previews.checked })).on;
    await refreshList();
  } catch (error) {
    previews.checked = !previews.checked;
    setText(note, messageOf(error));
  }
}

async function forget() {
  if (!confirm("Forget your thumbs, corrections and moods? They cannot be brought back.")) return;
  try {
    const { removed } = await send("DELETE", "/api/me", {});
    setText(note, removed ? "Forgotten: thumbs, corrections and moods are gone." : "There was nothing to forget.");
    await refreshList();
  } catch (error) {
    setText(note, messageOf(error));
  }
}

/** The list on the page may be older than the mood of now: name it. @param {HTMLAnchorElement} link */
function nameList(link) {
  const { emotion, mode, version } = listOnPage() ?? {};
  link.search = emotion ? `?emotion=${emotion}&mode=${mode}&version=${version}` : "";
}

for (const link of dialog.querySelectorAll("[href^='/api/playlist']")) link.addEventListener("click", () => nameList(link));
byId("forget").addEventListener("click", forget);
form.addEventListener("submit", importFile);
previews.addEventListener("change", switchPreviews);
