// Odd pictures: arrows go from one to the next, a key says what it is.

import { pressByName } from "./by-name.js";
import { ImageAnswers } from "./image-answers.js";
import { isOnControl, pressed } from "./keys.js";

const page = document.querySelector("[data-odd]");
const part = (name) => document.querySelector(`[data-${name}]`);
const answers = new ImageAnswers(page.dataset);
const tiles = [...page.querySelectorAll(".odd-tile")];
const classButtons = [...page.querySelectorAll("button[data-class]")];
const before = new Map();
let current = null;
let hovered = null;
let since = performance.now();

const nameOf = (classId) => classButtons.find((button) => Number(button.dataset.class) === classId)?.dataset.name ?? "";
const say = (text) => (part("live").textContent = text);

function choose(tile, focus = true) {
  if (tile === current) return;
  current?.classList.remove("current");
  current = tile;
  tile.classList.add("current");
  since = performance.now();
  if (focus) tile.focus();
}

function show(tile, { name, tag }) {
  tile.querySelector("[data-name]").textContent = name;
  tile.querySelector("[data-tag]").textContent = tag;
  tile.querySelector("[data-tag]").hidden = !tag;
  tile.toggleAttribute("data-said", Boolean(tag));
  tile.setAttribute("aria-label", `Image ${tile.dataset.image}, ${name}`);
}

function answer(classId) {
  const tile = hovered ?? current;
  if (!tile) return say("Point at a picture first.");
  choose(tile, false);
  const shown = tile.dataset.shown ? Number(tile.dataset.shown) : null;
  if (classId === undefined) {
    if (shown === null) return say("It has no label to confirm.");
    classId = shown;
  }
  if (classId === null && !tile.dataset.canReject) return say("It has no label.");
  const image = tile.dataset.image;
  before.set(image, [...(before.get(image) ?? []), { name: tile.querySelector("[data-name]").textContent, tag: tile.querySelector("[data-tag]").textContent }]);
  answers.answer(Number(image), shown, classId, performance.now() - since, Number(page.dataset.revision));
  const name = classId === null ? "no label" : nameOf(classId);
  show(tile, { name, tag: classId === null ? "not that" : classId === shown ? "confirmed" : "corrected" });
  say(`${name}.`);
  hovered = null;
  const next = tiles[tiles.indexOf(tile) + 1];
  if (next) choose(next);
}

function undo() {
  const image = answers.undo();
  if (image === null) return say("There is nothing of yours to take back.");
  const tile = tiles.find((one) => Number(one.dataset.image) === image);
  const was = before.get(String(image))?.pop();
  // It was said elsewhere: what stands now, the server knows.
  if (!tile || !was) return answers.afterSending(() => location.reload());
  show(tile, was);
  choose(tile);
  tile.focus();
  say("Taken back.");
}

function move(key) {
  const here = current ?? tiles[0];
  const at = tiles.indexOf(here);
  if (!current) return choose(tiles[0]);
  hovered = null;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const next = tiles[at + (key === "ArrowRight" ? 1 : -1)];
    return next && choose(next);
  }
  const down = key === "ArrowDown" ? 1 : -1;
  const from = here.getBoundingClientRect();
  const far = (tile) => {
    const box = tile.getBoundingClientRect();
    return down * (box.top - from.top) > 1 ? Math.abs(box.left - from.left) + 4 * Math.abs(box.top - from.top) : Infinity;
  };
  const best = tiles.reduce((nearer, tile) => (far(tile) < far(nearer) ? tile : nearer), here);
  if (best !== here) choose(best);
}

function enlarge() {
  (hovered ?? current)?.querySelector("a").click();
}

const commands = { Enter: () => answer(), " ": () => answer(null), Backspace: undo, "ctrl+z": undo, z: enlarge };

document.addEventListener("keydown", (event) => {
  const key = pressed(event);
  if (key === null || ((key === "Enter" || key === " ") && isOnControl(event))) return;
  const button = classButtons.find((one) => one.dataset.key && one.dataset.key === key);
  const action = key.startsWith("Arrow") ? () => move(key) : commands[key] ?? (button && (() => answer(Number(button.dataset.class))));
  if (!action) return;
  event.preventDefault();
  if (!event.repeat || key.startsWith("Arrow")) action();
});
pressByName((button) => answer(Number(button.dataset.class)), () => current?.focus());
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-bar] button");
  if (button) {
    hovered = null;
    if (button.dataset.class) answer(Number(button.dataset.class));
    else if ("confirm" in button.dataset) answer();
    else if ("not" in button.dataset) answer(null);
    else if ("undo" in button.dataset) undo();
    else enlarge();
    return;
  }
  const tile = event.target.closest(".odd-tile");
  if (tile && !event.target.closest("a")) choose(tile);
});
page.addEventListener("pointerover", (event) => (hovered = event.pointerType === "mouse" ? event.target.closest(".odd-tile") : null));
page.addEventListener("focusin", (event) => {
  const tile = event.target.closest(".odd-tile");
  if (tile) choose(tile, false);
});

for (const tile of tiles) tile.tabIndex = 0;
answers.sync(part("sync"));
answers.onRefused(() => part("trouble"));
part("bar").hidden = false;
if (tiles.length) choose(tiles.find((tile) => tile.id === location.hash.slice(1)) ?? tiles.find((tile) => !("said" in tile.dataset)) ?? tiles[0], false);
page.dataset.ready = "yes";
