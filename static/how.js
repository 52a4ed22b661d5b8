// "How this works", and a few figures of the moment for whoever wants them.

import { percent, sourceName } from "./words.js";

const dialog = document.getElementById("how-dialog");
const facts = document.getElementById("facts");
const version = document.getElementById("version").textContent;

function milliseconds(value) {
  return typeof value === "number" ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : null;
}

function accuracyOf({ metrics = {} }) {
  const share = metrics.fer2013_private ?? metrics.accuracy;
  return share ? `, right on ${percent(share)} of its test pictures` : "";
}

function rowsOf({ model, source, timings_ms: timings, viewers }) {
  const size = source.width ? `, ${source.width} × ${source.height} pixels` : "";
  return [
    ["Camera", sourceName(source) && `${sourceName(source)}${size}`],
    ["Model", model && `${model.name}${accuracyOf(model)}`],
    ["Finding faces", milliseconds(timings.detect)],
    ["Reading an expression", milliseconds(timings.recognise)],
    ["Age of the picture", milliseconds(timings.frame_age)],
    ["Pages watching", viewers || null],
    ["Affectune", version],
  ].filter((row) => row[1]);
}

/** Fill in the figures while the dialog is open. */
export function renderFacts(state) {
  if (!dialog.open) return;
  facts.replaceChildren(...rowsOf(state).flatMap(([term, value]) => {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = term;
    dd.textContent = value;
    return [dt, dd];
  }));
}

export function wireDialog() {
  document.getElementById("how").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
}
