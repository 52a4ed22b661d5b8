// "That's wrong": what the mood is really, beside what was shown when somebody began to say so.

const dialog = document.getElementById("wrong-dialog");
const opener = document.getElementById("wrong");
const unpin = document.getElementById("unpin");

let seen = null;
let change = async () => {};

async function correct(event) {
  const chosen = event.target.closest("[data-emotion]");
  if (!chosen) return;
  dialog.close();
  await change("POST", "/api/correct", { emotion: chosen.dataset.emotion, seen });
  if (opener.hidden) unpin.focus(); // the button that opened the dialog has gone
}

/** Note what is shown as the dialog opens; `send` takes a method, a path and a body. */
export function begin({ emotion }, send) {
  [seen, change] = [emotion, send];
}

dialog.addEventListener("click", correct);
