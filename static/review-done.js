// After the last page of a review: the key that takes a page back does so here, too.

import { pressed } from "./keys.js";

const form = document.querySelector("[data-back]");
let isSent = false;

form.addEventListener("submit", () => (isSent = true));
document.addEventListener("keydown", (event) => {
  if (!["Backspace", "ctrl+z"].includes(pressed(event))) return;
  event.preventDefault();
  if (!event.repeat && !isSent) form.requestSubmit();
});
addEventListener("pageshow", () => (isSent = false));
document.documentElement.dataset.ready = "yes";
