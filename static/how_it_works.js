// "How it works", with the figures of the moment below.

import { byId } from "./dom.js";
import { factRows, factsOf } from "./figures.js";

const dialog = byId("how-dialog");

/** Fill in the figures while the dialog is open. @param {State} state */
export function renderFacts(state) {
  if (!dialog.open) return;
  /** @type {[string, string]} */
  const version = ["Affectune", byId("version").textContent ?? ""];
  byId("facts").replaceChildren(...factRows([...factsOf(state), version]));
}
