// What a person can choose: the mode, a mood, whose mood counts, and to say that it is wrong.

const SEVERAL_MS = 10000; // a second face may look away for a moment

const bars = document.querySelector(".bars");
const modes = document.getElementById("modes");
const follow = document.getElementById("follow");
const followLabel = document.getElementById("follow-label");
const wrong = document.getElementById("wrong");
const wrongDialog = document.getElementById("wrong-dialog");
const unpin = document.getElementById("unpin");
const pause = document.getElementById("pause");

let state = null;
let severalAt = -Infinity;
let change = async () => {}; // sends what was pressed; done once the answer is on the page

/** Name the faces in view by where they are; a browser's own picture is shown as in a mirror. */
function namesOf(faces, mirrored) {
  const fromLeft = faces.toSorted((a, b) => (a.box[0] - b.box[0]) * (mirrored ? -1 : 1));
  const names = faces.length === 2 ? ["the left face", "the right face"] : fromLeft.map((_, at) => `face ${at + 1} from the left`);
  return fromLeft.map(({ id }, at) => [id, faces.length === 1 ? "this face" : names[at]]);
}

function renderFollow({ faces, follow: followed, source }) {
  const now = performance.now();
  if (faces.length > 1 || followed !== "largest") severalAt = now;
  const used = document.activeElement === follow;
  if (!used) followLabel.hidden = now - severalAt > SEVERAL_MS;
  if (used && follow.value === String(followed)) return; // nothing changes under the finger
  const options = [["largest", "the nearest face"], ["average", "everybody"], ...namesOf(faces, source.kind === "browser")];
  if (options.every(([value]) => value !== followed)) options.push([followed, "the chosen face"]);
  const key = JSON.stringify([options, followed]);
  if (follow.dataset.key === key) return;
  follow.dataset.key = key;
  follow.replaceChildren(...options.map(([value, words]) => new Option(words, value, false, value === followed)));
}

export function renderChoices(next) {
  state = next;
  modes.querySelector(`[value="${state.mode}"]`).checked = true;
  wrong.hidden = Boolean(state.pinned) || !["live", "unsure"].includes(state.status);
  renderFollow(state);
}

function pinFrom(event) {
  const bar = event.target.closest("[data-emotion]");
  if (!bar) return;
  const pinned = state?.pinned?.emotion === bar.dataset.emotion;
  change("PUT", "/api/pin", { emotion: pinned ? null : bar.dataset.emotion });
}

function takeBack() {
  bars.querySelector(`[data-emotion="${state.pinned.emotion}"]`)?.focus(); // the button goes away
  change("PUT", "/api/pin", { emotion: null });
}

async function correct(event) {
  const chosen = event.target.closest("[data-emotion]");
  if (!chosen) return;
  wrongDialog.close();
  await change("POST", "/api/correct", { emotion: chosen.dataset.emotion });
  if (wrong.hidden) unpin.focus(); // the button that opened the dialog has gone
}

function chooseFace() {
  const value = Number(follow.value);
  if (!follow.matches(":focus-visible")) follow.blur(); // chosen with a pointer, which holds nothing
  change("PUT", "/api/faces", { follow: Number.isNaN(value) ? follow.value : value });
}

function pauseOrResume() {
  change("POST", "/api/camera", { action: ["paused", "stopping"].includes(state?.source.status) ? "resume" : "pause" });
}

/** Wire what can be pressed; `send` takes a method, a path and a body, and shows the answer. */
export function wireChoices(send) {
  change = send;
  bars.addEventListener("click", pinFrom);
  unpin.addEventListener("click", takeBack);
  pause.addEventListener("click", pauseOrResume);
  wrongDialog.addEventListener("click", correct);
  follow.addEventListener("change", chooseFace);
  modes.addEventListener("change", (event) => change("PUT", "/api/mode", { mode: event.target.value }));
}
