// Whose mood counts, where there are several faces in view.

import { byId } from "./dom.js";

const SEVERAL_MS = 10000; // a second face may look away for a moment

const follow = byId("follow");
const label = byId("follow-label");

let severalAt = -Infinity;
/** @type {SendChange} */
let change = async () => {};

/**
 * Name the faces in view by where they are; a browser's own picture is shown as in a mirror.
 *
 * @param {Face[]} faces
 * @param {boolean} mirrored
 * @returns {[State["follow"], string][]}
 */
function namesOf(faces, mirrored) {
  const fromLeft = faces.toSorted((a, b) => (a.box[0] - b.box[0]) * (mirrored ? -1 : 1));
  const names = faces.length === 2 ? ["the left face", "the right face"] : fromLeft.map((_, at) => `face ${at + 1} from the left`);
  return fromLeft.map(({ id }, at) => [id, faces.length === 1 ? "this face" : names[at]]);
}

/** Offer the faces of this state. @param {State} state @param {SendChange} send */
export function renderFollow({ faces, follow: followed, source }, send) {
  change = send;
  const now = performance.now();
  if (faces.length > 1 || followed !== "largest") severalAt = now;
  const used = document.activeElement === follow;
  if (!used) label.hidden = now - severalAt > SEVERAL_MS;
  if (used && follow.value === String(followed)) return; // nothing changes under the finger
  /** @type {[State["follow"], string][]} */
  const options = [["largest", "the nearest face"], ["average", "everybody"], ...namesOf(faces, source.kind === "browser")];
  if (options.every(([value]) => value !== followed)) options.push([followed, "the chosen face"]);
  const key = JSON.stringify([options, followed]);
  if (follow.dataset.key === key) return;
  follow.dataset.key = key;
  follow.replaceChildren(...options.map(([value, words]) => new Option(words, String(value), false, value === followed)));
}

function chooseFace() {
  const value = Number(follow.value);
  if (!follow.matches(":focus-visible")) follow.blur(); // chosen with a pointer, which holds nothing
  change("PUT", "/api/faces", { follow: Number.isNaN(value) ? follow.value : value });
}

follow.addEventListener("change", chooseFace);
