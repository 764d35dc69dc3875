// All questions at once: select some by click, Shift, drag or arrows; one key names them all.

import { pressByName } from "./by-name.js";
import { isOnControl, pressed } from "./keys.js";
import { lasso } from "./lasso.js";
import { largeUrl } from "./large-url.js";
import { OutQueue } from "./out-queue.js";
import { RunState, verdictName } from "./run-state.js";
import { showSync, showTrouble } from "./sync-line.js";

const MOST_LISTED = 100;
const form = document.querySelector("[data-label]");
const part = (name) => document.querySelector(`[data-${name}]`);
const grid = part("tiles");
const tiles = [...grid.querySelectorAll(".tile")];
const boxOf = (tile) => tile.querySelector("input");
const byKey = new Map([...form.querySelectorAll("button[data-key]")].filter((button) => button.dataset.key).map((button) => [button.dataset.key, button]));
const filters = [...document.querySelectorAll("[data-show]")];
const queue = new OutQueue(form.dataset.run, form.dataset.operations);
const state = new RunState(form, queue);
const keySheet = document.getElementById("keys");
let anchor = null;
let since = performance.now();

const visible = () => tiles.filter((tile) => !tile.hidden);
const selected = () => visible().filter((tile) => boxOf(tile).checked);
const chosenFilter = () => filters.find((link) => link.hasAttribute("aria-current"))?.dataset.show ?? "all";

function stateOf(answer) {
  if (!answer) return "unanswered";
  if (answer.verdict === "class") return String(state.classOf(answer)?.id);
  return answer.verdict === "skip" ? "skipped" : "mixed";
}

function refresh() {
  const counts = new Map([["all", tiles.length]]);
  for (const tile of tiles) {
    const answer = state.standing.get(Number(tile.dataset.question)) ?? null;
    // Where the cluster was split, its parts were asked about; nothing waits to be done here.
    const isSplit = answer?.verdict === "mixed" && "regrouped" in tile.dataset;
    const now = isSplit ? "split" : stateOf(answer);
    tile.dataset.state = now;
    tile.querySelector("[data-name]").textContent = isSplit ? "split" : verdictName(state, answer);
    counts.set(now, (counts.get(now) ?? 0) + 1);
  }
  for (const link of filters) link.querySelector("[data-n]").textContent = counts.get(link.dataset.show) ?? 0;
  filter(chosenFilter());
  followChoosing();
}

// Questions that were chosen meanwhile are drawn by the server: once all that is here is answered.
async function followChoosing() {
  if (!part("choosing") || state.open.length > state.progress.n_ahead) return;
  part("choosing").hidden = !state.moreToCome || state.open.length > 0;
  await state.followChoosing();
  const isMoreHere = state.questions.length > tiles.length;
  if (isMoreHere && !selected().length && tiles.every((tile) => tile.dataset.state !== "unanswered")) {
    location.reload();
  }
}

function filter(show) {
  for (const link of filters) link.toggleAttribute("aria-current", link.dataset.show === show);
  filters.filter((link) => link.dataset.show === show).forEach((link) => link.setAttribute("aria-current", "true"));
  for (const tile of tiles) {
    tile.hidden = show !== "all" && tile.dataset.state !== show;
    if (tile.hidden) boxOf(tile).checked = false;
  }
  part("none").hidden = visible().length > 0;
  count();
}

function count() {
  part("selected").textContent = `${selected().length} selected`;
}

function select(from, to, checked = true) {
  const shown = visible();
  const [first, last] = [shown.indexOf(from), shown.indexOf(to)].sort((a, b) => a - b);
  if (first < 0) return;
  for (const tile of shown.slice(first, last + 1)) boxOf(tile).checked = checked;
  count();
}

function selectAll(checked) {
  for (const tile of visible()) boxOf(tile).checked = checked;
  count();
}

function answerSelected(button) {
  const chosen = selected();
  if (!chosen.length) {
    part("live").textContent = "Nothing is selected.";
    part("selected").textContent = "Select images first";
    return;
  }
  const [verdict, classId] = button.value.split(":");
  const ids = chosen.map((tile) => Number(tile.dataset.question));
  for (const tile of chosen) boxOf(tile).checked = false;
  state.answer(ids, verdict, classId ? Number(classId) : null, performance.now() - since);
  since = performance.now();
  part("live").textContent = `${ids.length} answered. ${state.open.length} left.`;
}

function undo() {
  const ids = new Set(state.undo());
  for (const tile of tiles) boxOf(tile).checked = ids.has(Number(tile.dataset.question)) && !tile.hidden;
  count();
  part("live").textContent = ids.size ? `Taken back: ${ids.size}.` : "There is nothing of yours to take back.";
}

function moveFocus(key, extend) {
  const shown = visible();
  const here = shown.indexOf(document.activeElement?.closest(".tile"));
  const columns = shown.filter((tile) => tile.offsetTop === shown[0]?.offsetTop).length;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  const next = shown[here < 0 ? 0 : here + step];
  if (!next) return;
  boxOf(next).focus();
  if (extend) {
    anchor ??= shown[here] ?? next;
    select(anchor, next);
  } else {
    anchor = next;
  }
}

const commands = {
  "ctrl+a": () => selectAll(true),
  "ctrl+z": undo,
  Backspace: undo,
  Escape: () => selectAll(false),
  z: () => look(document.activeElement?.closest(".tile") ?? selected()[0]),
  g: () => location.assign(form.dataset.labelPage),
  "?": () => keySheet.showModal(),
};

function onKey(event) {
  const key = pressed(event);
  if (key === null) return;
  const box = document.activeElement?.closest(".tile")?.querySelector("input");
  if (key.startsWith("Arrow")) {
    if (isOnControl(event)) return;
    event.preventDefault();
    return moveFocus(key, event.shiftKey);
  }
  if (key === "Enter" && box) {
    event.preventDefault();
    box.checked = !box.checked;
    anchor = box.closest(".tile");
    return count();
  }
  const action = commands[key] ?? (byKey.has(key) && (() => answerSelected(byKey.get(key))));
  if (!action) return;
  event.preventDefault();
  if (!event.repeat) action();
}

// The list that Left and Right go through there is what the filter shows, around the image.
function look(tile) {
  if (!tile) return;
  const shown = visible();
  const first = Math.max(0, shown.indexOf(tile) - MOST_LISTED / 2);
  const listed = shown.slice(first, first + MOST_LISTED).map((one) => one.dataset.image);
  const large = new URL(largeUrl(form.dataset.large, tile.dataset.image, listed));
  large.searchParams.set("back", location.pathname + location.search);
  queue.size ? queue.addEventListener("recorded", () => queue.size || location.assign(large)) : location.assign(large);
}

function onClick(event) {
  const tile = event.target.closest(".tile");
  if (!tile || event.target.tagName === "INPUT") return;
  event.preventDefault();
  if (event.shiftKey && anchor) {
    select(anchor, tile);
  } else {
    boxOf(tile).checked = !boxOf(tile).checked;
    anchor = tile;
  }
  boxOf(tile).focus({ preventScroll: true });
  count();
}

function onPress(event) {
  const before = new Set(selected());
  lasso(grid, event, visible, (touched) => {
    for (const tile of visible()) boxOf(tile).checked = touched.has(tile) || before.has(tile);
    count();
  });
}

function start() {
  state.addEventListener("changed", refresh);
  refresh();
  document.addEventListener("keydown", onKey);
  pressByName(answerSelected, () => boxOf(anchor ?? visible()[0])?.focus());
  grid.addEventListener("click", onClick);
  grid.addEventListener("dblclick", (event) => look(event.target.closest(".tile")));
  grid.addEventListener("pointerdown", onPress);
  grid.addEventListener("dragstart", (event) => event.preventDefault());
  grid.addEventListener("change", count);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter) answerSelected(event.submitter);
  });
  for (const link of filters) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", link.href);
      filter(link.dataset.show);
    });
  }
  for (const [name, action] of [["undo", undo], ["help", () => keySheet.showModal()]]) {
    part(name).hidden = false;
    part(name).addEventListener("click", action);
  }
  form.dataset.ready = "yes";
}

showSync(part("sync"), queue, form.dataset.login);
showTrouble(part("trouble"), state);
state.load().then(start, () => {
  part("sync").textContent = "The answers cannot be loaded; reload the page.";
});
queue.send();
