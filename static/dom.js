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
