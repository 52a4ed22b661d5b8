// Loaded in the head, before the first paint, so that a stored theme never flashes.
"use strict";

function storedTheme() {
  try {
    return localStorage.getItem("theme") || "auto";
  } catch {
    return "auto"; // storage may be blocked
  }
}

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function keepTheme(event) {
  applyTheme(event.target.value);
  try {
    localStorage.setItem("theme", event.target.value);
  } catch {
    // The choice then lasts as long as the page.
  }
}

function wireTheme() {
  const select = document.getElementById("theme");
  if (!select) return;
  select.value = storedTheme();
  select.addEventListener("change", keepTheme);
}

applyTheme(storedTheme());
document.addEventListener("DOMContentLoaded", wireTheme);
