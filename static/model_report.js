// The rates of this machine, on the page that says how good it is.

import { messageOf, request } from "./api.js";
import { byId } from "./dom.js";
import { factRows, factsOf } from "./figures.js";

const rates = byId("rates");

async function refresh() {
  try {
    if (!document.hidden) rates.replaceChildren(...factRows(factsOf((await request("/api/state")).body)));
  } catch (error) {
    rates.replaceChildren(...factRows([["Affectune", messageOf(error)]]));
  }
  setTimeout(refresh, 1000);
}

for (const cell of document.querySelectorAll("[data-share]")) cell.style.setProperty("--share", cell.dataset.share);
refresh();
