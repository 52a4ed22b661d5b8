// What every module does with elements.

/** Make an element of `parts`, texts and elements. */
export function make(tag, className = "", ...parts) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...parts);
  return element;
}

/** Change a text only when it differs, so that a selection or a screen reader is left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setHue(element, emotion) {
  if (emotion) element.dataset.hue = emotion;
  else delete element.dataset.hue;
}

/** One of the icons that the page brings along. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A link that opens in a tab of its own. */
export function linkTo(address, className, ...parts) {
  return Object.assign(make("a", className, ...parts), { href: address, target: "_blank", rel: "noopener noreferrer" });
}

/** Let each button that names a dialog in `data-opens` open it. */
export function wireDialogs() {
  for (const button of document.querySelectorAll("[data-opens]")) {
    const dialog = document.getElementById(button.dataset.opens);
    button.addEventListener("click", () => dialog.showModal());
  }
}
