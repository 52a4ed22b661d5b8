// "Your music": songs of your own, previews, what to take along, and what is kept.

import { request, send } from "./api.js";
import { make, setText } from "./dom.js";

const IMPORT_MS = 120000; // a hundred thousand rows take a while
const MOST_REASONS = 5;

const form = document.getElementById("import");
const result = document.getElementById("import-result");
const counts = document.getElementById("library-counts");
const previews = document.getElementById("previews");
const note = document.getElementById("library-note");

let refreshList = () => {};

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

async function importFile(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  result.replaceChildren(...lines(["Reading the file"]));
  try {
    const options = { method: "POST", body: new FormData(form), signal: AbortSignal.timeout(IMPORT_MS) };
    const { body } = await request("/api/import", options);
    result.replaceChildren(...lines(summaryOf(body)));
    form.reset();
    await Promise.all([refreshCounts(), refreshList()]);
  } catch (error) {
    result.replaceChildren(...lines([error.message]));
  } finally {
    button.disabled = false;
  }
}

function folderWords(folder) {
  if (folder?.status === "failed") return ` ${folder.message}.`;
  if (folder?.status !== "running" || !folder.stage) return "";
  const what = folder.stage === "sound" ? "Measuring the sound of" : "Reading";
  return ` ${what} ${folder.folder}: ${folder.done} of ${folder.total}.`;
}

async function refreshCounts() {
  const { body } = await request("/api/library");
  const holds = body.songs ? `Your library holds ${body.songs} songs.` : "Your library is empty; the songs that came with Affectune play.";
  setText(counts, holds + folderWords(body.music));
  previews.checked = body.previews;
}

async function fill() {
  setText(note, "");
  try {
    await refreshCounts();
  } catch (error) {
    setText(note, error.message);
  }
}

async function switchPreviews() {
  try {
    previews.checked = (await send("POST", "/api/previews", { on: previews.checked })).on;
    await refreshList();
  } catch (error) {
    setText(note, error.message);
  }
}

async function forget() {
  try {
    const { removed } = await send("DELETE", "/api/me", {});
    setText(note, removed ? "Forgotten: thumbs, corrections and moods are gone." : "There was nothing to forget.");
    await refreshList();
  } catch (error) {
    setText(note, error.message);
  }
}

/** Wire the dialog; `ask` fetches the list anew. */
export function wireLibrary(ask) {
  refreshList = ask;
  document.getElementById("library").addEventListener("click", fill);
  document.getElementById("forget").addEventListener("click", forget);
  form.addEventListener("submit", importFile);
  previews.addEventListener("change", switchPreviews);
}
