// What opens over the page; styles and scripts are fetched when they are first wanted.

import { loadStyles, messageOf } from "./api.js";
import { byId } from "./dom.js";

/** Let each button that names a dialog in `data-opens` open it, once it is prepared. @param {Prepare} prepare @param {Say} complain */
export function wireDialogs(prepare, complain) {
  for (const button of document.querySelectorAll("[data-opens]")) {
    const dialog = byId(button.dataset.opens);
    button.addEventListener("click", async () => {
      try {
        await Promise.all([loadStyles("dialogs"), prepare[button.dataset.opens]()]);
        complain("");
        if (!dialog.open) dialog.showModal();
      } catch (error) {
        complain(messageOf(error));
      }
    });
  }
}
