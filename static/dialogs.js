// What opens over the page; styles and scripts are fetched when they are first wanted.

import { loadStyles } from "./api.js";

/** Let each button that names a dialog in `data-opens` open it, once what `prepare` has for it is done. */
export function wireDialogs(prepare, complain) {
  for (const button of document.querySelectorAll("[data-opens]")) {
    const dialog = document.getElementById(button.dataset.opens);
    button.addEventListener("click", async () => {
      try {
        await Promise.all([loadStyles("dialogs"), prepare[dialog.id]?.()]);
        complain("");
        if (!dialog.open) dialog.showModal();
      } catch (error) {
        complain(error.message);
      }
    });
  }
}
