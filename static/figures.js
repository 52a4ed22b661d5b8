// "How it works", and a few figures of the moment for whoever wants them.

import { make } from "./dom.js";
import { percent, sourceName } from "./words.js";

const dialog = document.getElementById("how-dialog");

function milliseconds(value) {
  return typeof value === "number" ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : null;
}

function accuracyOf({ metrics = {} }) {
  const share = metrics.fer2013_private ?? metrics.accuracy;
  return share ? `, right on ${percent(share)} of its test pictures` : "";
}

/** The figures of the moment, as pairs of words. */
export function factsOf({ model, source, timings_ms: timings, viewers }) {
  const size = source.width ? `, ${source.width} × ${source.height} pixels` : "";
  const rate = source.fps ? `, ${source.fps} frames/s` : "";
  return [
    ["Camera", sourceName(source) && `${sourceName(source)}${size}${rate}`],
    ["Model", model && `${model.name}${accuracyOf(model)}`],
    ["Finding faces", milliseconds(timings.detect)],
    ["Reading an expression", milliseconds(timings.recognise)],
    ["Drawing and encoding", milliseconds(timings.encode)],
    ["Age of the picture", milliseconds(timings.frame_age)],
    ["Pages watching", viewers || null],
  ].filter((row) => row[1]);
}

/** The same as rows of a list. */
export function factRows(facts) {
  return facts.flatMap(([term, value]) => [make("dt", "", term), make("dd", "", value)]);
}

/** Fill in the figures while the dialog is open. */
export function renderFacts(state) {
  if (!dialog.open) return;
  const version = ["Affectune", document.getElementById("version").textContent];
  document.getElementById("facts").replaceChildren(...factRows([...factsOf(state), version]));
}
