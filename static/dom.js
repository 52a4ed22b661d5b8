// What every module does with elements.

/**
 * The page's element of this id.
 *
 * @template {keyof Tags} I
 * @param {I} id
 */
export function byId(id) {
  return /** @type {ElementOf<I>} */ (document.getElementById(id));
}

/**
 * The element in `root` that matches, where there is one for certain.
 *
 * @template {string} S
 * @param {ParentNode} root
 * @param {S} selector
 */
export function part(root, selector) {
  return /** @type {PartOf<S>} */ (root.querySelector(selector));
}

/**
 * The element that an event came from or lies in, if one matches.
 *
 * @template {keyof Parts} S
 * @param {Event} event
 * @param {S} selector
 */
export function nearest({ target }, selector) {
  return /** @type {Element} */ (target).closest(selector);
}

/**
 * Make an element of `parts`, texts and elements.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {(string | Node)[]} parts
 */
export function make(tag, className = "", ...parts) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...parts);
  return element;
}

/**
 * Change a text only when it differs, so that a selection or a screen reader is left alone.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {Emotion | null} [emotion] */
export function setHue(element, emotion) {
  if (emotion) element.dataset.hue = emotion;
  else delete element.dataset.hue;
}
