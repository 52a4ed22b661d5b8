// A photo, a voice, or both: chosen, dropped or recorded, then read once and forgotten.

import { messageOf, request } from "./api.js";
import { byId, make, setHue, setText } from "./dom.js";
import { microphoneWords } from "./microphone.js";
import { byLine, nameOf, percent } from "./words.js";

const RECORD_MS = 5000;
const TIMEOUT_MS = 30000;

const dialog = byId("analyse-dialog");
const form = byId("analyse-form");
const photo = byId("photo");
const voice = byId("voice");
const preview = byId("photo-preview");
const replay = byId("replay");
const record = byId("record");
const level = byId("level");
const submit = byId("read");
const note = byId("analyse-note");
const result = byId("analyse-result");

/** @type {MediaRecorder | null} */
let recorder = null;
let opening = false; // the microphone
/** @type {AbortController | null} */
let pending = null; // aborts the request under way
/** @type {PinMood} */
let follow = () => {}; // pins a mood

/** @param {HTMLImageElement | HTMLAudioElement} element @param {File} [file] */
function showFile(element, file) {
  URL.revokeObjectURL(element.src);
  element.hidden = !file;
  if (file) element.src = URL.createObjectURL(file);
  else {
    element.removeAttribute("src");
    if (element instanceof HTMLAudioElement) element.load(); // a recording would sound on
  }
}

/** @param {HTMLInputElement} input @param {File} file */
function setFile(input, file) {
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  takeChoice();
}

function takeChoice() {
  pending?.abort(); // its answer would be about another choice, as what stands there is
  result.replaceChildren();
  setText(note, "");
  showFile(preview, photo.files?.[0]);
  showFile(replay, voice.files?.[0]);
  allowReading();
}

function allowReading() {
  submit.disabled = !photo.files?.length && !voice.files?.length;
}

/** @param {DragEvent} event */
function drop(event) {
  event.preventDefault();
  for (const file of event.dataTransfer?.files ?? []) setFile(/^(audio|video)\//.test(file.type) ? voice : photo, file);
}

/** Show how loud it is and how much is left, while it records. @param {MediaStream} stream */
function showLevel(stream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  context.createMediaStreamSource(stream).connect(analyser);
  const tick = () => {
    if (recorder?.stream !== stream || recorder.state !== "recording") {
      context.close();
      return;
    }
    analyser.getFloatTimeDomainData(samples);
    level.value = Math.max(...samples.map(Math.abs));
    setText(record, `Stop · ${Math.max(1, Math.ceil((RECORD_MS - performance.now() + began) / 1000))} s`);
    requestAnimationFrame(tick);
  };
  tick();
}

/** @param {MediaStream} stream @param {Blob} sound */
function takeRecording(stream, sound) {
  stream.getTracks().forEach((track) => track.stop());
  level.hidden = true;
  setText(record, "Record again");
  if (dialog.open) setFile(voice, new File([sound], "recording", { type: sound.type }));
}

async function startRecording() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  if (!dialog.open) return stream.getTracks().forEach((track) => track.stop()); // closed while the browser asked
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", ({ data }) => takeRecording(stream, data)); // once, at the end
  recorder.start();
  setTimeout(stopRecording, RECORD_MS, recorder);
  level.hidden = false;
  return showLevel(stream);
}

function stopRecording(target = recorder) {
  if (target?.state === "recording") target.stop();
}

async function toggleRecording() {
  setText(note, "");
  if (recorder?.state === "recording") return stopRecording();
  if (opening) return undefined; // `disabled` would take the focus away
  opening = true;
  try {
    await startRecording();
  } catch (error) {
    setText(note, `${microphoneWords(error)} Or choose a sound file.`);
  }
  opening = false;
  return undefined;
}

/**
 * What one source says, as "Your voice: Happy, 80% sure".
 *
 * @param {string} words
 * @param {Emotion | null} emotion
 * @param {Probabilities | null} probabilities
 * @param {string} otherwise
 */
function line(words, emotion, probabilities, otherwise) {
  if (!emotion || !probabilities) return make("p", "small", `${words}: ${otherwise}`);
  const mood = make("strong", "", nameOf(emotion));
  setHue(mood, emotion);
  return make("p", "small", `${words}: `, mood, `, ${percent(probabilities[emotion])} sure`);
}

/** @param {Photo} photo */
function photoRows({ faces, image, message }) {
  if (!faces.length || !image) return [make("p", "small", `The photo: ${message}`)];
  URL.revokeObjectURL(preview.src);
  preview.src = image; // with a box and the emotion at each face
  return faces.map(({ sure, emotion, probabilities }, at) => {
    const name = faces.length > 1 ? `Face ${at + 1}` : "Your face";
    return line(name, sure ? emotion : null, probabilities, "not sure");
  });
}

/** @param {string} address @param {string} words */
function linkTo(address, words) {
  return Object.assign(make("a", "", words), { href: address, target: "_blank", rel: "noopener noreferrer" });
}

/** @param {Playlist} playlist */
function songRows({ emotion, songs }) {
  if (!emotion || !songs.length) return [];
  const button = make("button", "quiet", `Follow ${nameOf(emotion)}`);
  button.type = "button";
  button.addEventListener("click", () => {
    dialog.close();
    follow(emotion);
  });
  const rows = songs.map((song) => make("li", "", linkTo(song.links.youtube, song.name), ` · ${byLine(song)}`));
  return [button, make("h3", "", "Songs for it"), make("ol", "small", ...rows)];
}

/** @param {Analysis} analysis */
function render({ photo: picture, voice: speech, emotion, confidence, message, playlist }) {
  const sure = confidence ? ` ${percent(confidence)} sure.` : "";
  setText(note, "");
  setText(note, message + sure);
  setHue(note, emotion);
  const rows = picture ? photoRows(picture) : [];
  if (speech) rows.push(line("Your voice", speech.status === "ok" ? speech.emotion : null, speech.probabilities, speech.message || "not sure"));
  result.replaceChildren(...rows, ...songRows(playlist));
}

/** @param {Event} event */
async function read(event) {
  event.preventDefault();
  pending?.abort();
  const controller = (pending = new AbortController());
  setHue(note, null);
  setText(note, "Reading");
  const body = new FormData();
  for (const input of [photo, voice]) if (input.files?.length) body.append(input.name, input.files[0]);
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const answer = (await request("/api/analyse", { method: "POST", body, signal })).body;
    if (controller.signal.aborted) return;
    render(answer);
    note.scrollIntoView();
  } catch (error) {
    if (controller.signal.aborted) return;
    result.replaceChildren();
    setText(note, messageOf(error));
  }
  allowReading();
}

function forget() {
  stopRecording();
  form.reset();
  takeChoice();
  setText(record, "Record 5 seconds");
}

/** Name what pins a mood that was read and is to be followed. @param {PinMood} pin */
export function pinWith(pin) {
  follow = pin;
}

for (const input of [photo, voice]) input.addEventListener("change", takeChoice);
record.addEventListener("click", toggleRecording);
form.addEventListener("submit", read);
dialog.addEventListener("dragover", (event) => event.preventDefault());
dialog.addEventListener("drop", drop);
dialog.addEventListener("close", forget);
