// Loaded in the head, before the first paint: a stored theme never flashes, and the picture's
// place has its shape from the start.
"use strict";

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be blocked
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It then lasts as long as the page.
  }
}

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function applyAspect(aspect) {
  document.documentElement.style.setProperty("--aspect", aspect);
}

function keepTheme(event) {
  applyTheme(event.target.value);
  store("theme", event.target.value);
}

function wireTheme() {
  const select = document.getElementById("theme");
  if (!select) return;
  select.value = document.documentElement.dataset.theme;
  select.addEventListener("change", keepTheme);
}

applyTheme(["light", "dark"].find((theme) => theme === stored("theme")) ?? "auto");
if (/^\d+ \/ \d+$/.test(stored("aspect"))) applyAspect(stored("aspect"));
document.addEventListener("DOMContentLoaded", wireTheme);
