// Loaded in the head, before the first paint: a stored theme never flashes, and the picture's
// place has its shape from the start.
"use strict";

/** @param {string} key */
function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be blocked
  }
}

/** @param {string} key @param {string} value */
function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It then lasts as long as the page.
  }
}

/** @param {string} theme */
function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

/** @param {string} aspect */
function applyAspect(aspect) {
  document.documentElement.style.setProperty("--aspect", aspect);
}

/** @param {Event} event */
function keepTheme({ target }) {
  const { value } = /** @type {HTMLSelectElement} */ (target);
  applyTheme(value);
  store("theme", value);
}

function wireTheme() {
  const select = /** @type {HTMLSelectElement | null} */ (document.getElementById("theme"));
  if (!select) return;
  select.value = document.documentElement.dataset.theme ?? "auto";
  select.addEventListener("change", keepTheme);
}

applyTheme(["light", "dark"].find((theme) => theme === stored("theme")) ?? "auto");
if (/^\d+ \/ \d+$/.test(stored("aspect") ?? "")) applyAspect(stored("aspect") ?? "");
document.addEventListener("DOMContentLoaded", wireTheme);
