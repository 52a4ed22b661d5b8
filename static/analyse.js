// A photo, a voice, or both: chosen, dropped or recorded, then read once and forgotten.

import { request } from "./api.js";
import { linkTo, make, setHue, setText } from "./dom.js";
import { nameOf, percent } from "./words.js";

const RECORD_MS = 5000;
const PATIENCE_MS = 30000;

const dialog = document.getElementById("analyse-dialog");
const form = document.getElementById("analyse-form");
const photo = document.getElementById("photo");
const voice = document.getElementById("voice");
const preview = document.getElementById("photo-preview");
const replay = document.getElementById("replay");
const record = document.getElementById("record");
const level = document.getElementById("level");
const submit = document.getElementById("read");
const note = document.getElementById("analyse-note");
const result = document.getElementById("analyse-result");

let recorder = null;

function showFile(element, file) {
  URL.revokeObjectURL(element.src);
  element.hidden = !file;
  if (file) element.src = URL.createObjectURL(file);
  else element.removeAttribute("src");
}

function setFile(input, file) {
  const files = new DataTransfer();
  if (file) files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change"));
}

function takeChoice() {
  showFile(preview, photo.files[0]);
  showFile(replay, voice.files[0]);
  submit.disabled = !photo.files.length && !voice.files.length;
}

function drop(event) {
  event.preventDefault();
  for (const file of event.dataTransfer.files) {
    setFile(/^(audio|video)\//.test(file.type) ? voice : photo, file);
  }
}

/** Show how loud it is and how long it goes on, until the recorder stops. */
function followRecording(stream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  context.createMediaStreamSource(stream).connect(analyser);
  const tick = () => {
    if (recorder?.state !== "recording") return context.close();
    const left = RECORD_MS - (performance.now() - began);
    if (left <= 0) return recorder.stop();
    analyser.getFloatTimeDomainData(samples);
    level.value = Math.max(...samples.map(Math.abs));
    setText(record, `Stop · ${Math.ceil(left / 1000)} s`);
    return requestAnimationFrame(tick);
  };
  tick();
}

function microphoneWords(error) {
  if (!isSecureContext) return "Browsers give the microphone to https pages only: start Affectune with --tls, or choose a sound file.";
  if (error.name === "NotAllowedError") return "The microphone was refused. Allow it beside this page's address, or choose a sound file.";
  return "There is no microphone that can be used. Choose a sound file instead.";
}

async function startRecording() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const parts = [];
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.addEventListener("stop", () => {
    stream.getTracks().forEach((track) => track.stop());
    setText(record, "Record again");
    level.hidden = true;
    if (dialog.open) setFile(voice, new File(parts, "recording", { type: recorder.mimeType }));
  });
  recorder.start();
  level.hidden = false;
  followRecording(stream);
}

async function toggleRecording() {
  setText(note, "");
  if (recorder?.state === "recording") return recorder.stop();
  try {
    return await startRecording();
  } catch (error) {
    return setText(note, microphoneWords(error));
  }
}

function line(words, { emotion, confidence, status, reason }) {
  const mood = make("strong", "", status === "ok" || (emotion && !status) ? nameOf(emotion) : "Not sure");
  setHue(mood, emotion);
  const sure = confidence ? `, ${percent(confidence)} sure` : "";
  return make("p", "", `${words}: `, mood, sure, reason ? ` (${reason})` : "");
}

function photoRows({ faces, image, message }) {
  const rows = [];
  if (image) rows.push(Object.assign(make("img"), { src: image, alt: "Your photo, with a box and the emotion at each face" }));
  if (!faces.length) rows.push(make("p", "", message));
  faces.forEach((face, at) => rows.push(line(faces.length > 1 ? `Face ${at + 1}` : "Your face", {
    emotion: face.emotion, confidence: face.probabilities[face.emotion], status: face.sure === false ? "unsure" : "ok",
  })));
  return rows;
}

function songRow(song) {
  return make("li", "", linkTo(song.links.youtube, "", song.name), ` · ${song.artist}`);
}

function render(answer) {
  const rows = answer.photo ? photoRows(answer.photo) : [];
  const heard = answer.voice;
  if (heard) rows.push(line("Your voice", { ...heard, confidence: heard.probabilities?.[heard.emotion] }));
  if (answer.photo && heard) rows.push(line("Both together", answer));
  rows.push(make("ol", "small", ...(answer.playlist?.songs ?? []).map(songRow)));
  result.replaceChildren(...rows);
}

async function send(event) {
  event.preventDefault();
  submit.disabled = true;
  setText(note, "Reading");
  const body = new FormData();
  for (const input of [photo, voice]) if (input.files.length) body.append(input.name, input.files[0]);
  try {
    render((await request("/api/analyse", { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) })).body);
    setText(note, "");
    result.scrollIntoView({ block: "nearest" });
  } catch (error) {
    setText(note, error.message);
  } finally {
    submit.disabled = false;
  }
}

function forget() {
  if (recorder?.state === "recording") recorder.stop();
  form.reset();
  takeChoice();
  result.replaceChildren();
  setText(note, "");
  setText(record, "Record 5 seconds");
}

/** Wire the dialog. */
export function wireAnalyse() {
  for (const input of [photo, voice]) input.addEventListener("change", takeChoice);
  record.addEventListener("click", toggleRecording);
  form.addEventListener("submit", send);
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", drop);
  dialog.addEventListener("close", forget);
}
