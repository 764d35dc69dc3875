// A page of labels: mark what does not belong, confirm the rest, go on to the page loaded ahead.

import { pressByName } from "./by-name.js";
import { enlarge } from "./enlarge.js";
import { isOnControl, pressed } from "./keys.js";
import { lasso } from "./lasso.js";
import { newId, OutQueue } from "./out-queue.js";
import { decoded, inSession, load, spritesOf } from "./review-leaf.js";
import { KeptMarks, marksOf, openMarks } from "./review-marks.js";
import { spreadSoon } from "./spread-soon.js";
import { showSync } from "./sync-line.js";

const LEAST_LOOK = 1000;
const SIZES = ["small", "", "large"];

const part = (name) => document.querySelector(`[data-${name}]`);
const keySheet = document.getElementById("keys");
let leaf = part("leaf");
const urls = { ...leaf.dataset };
const queue = new OutQueue(`review-${urls.run}`, urls.reviews);
const done = urls.last ? [{ op_id: urls.last, page: urls.lastPage }] : [];
const kept = new KeptMarks(urls.run);
let confirmed = null;
let recordedAs = null; // what this browser handed in, of a page that was opened again
let ahead = null;
let paintedAt = Infinity;
let gesture = [];
let hovered = null;
let anchor = null;
let lastFocus = null;

const tiles = () => [...leaf.querySelectorAll(".tile")];
const boxOf = (tile) => tile.querySelector("input");
const inLeaf = (name) => leaf.querySelector(`[data-${name}]`);
const isOneByOne = () => "oneByOne" in leaf.dataset;
const nMarked = () => tiles().filter((tile) => boxOf(tile).checked).length;
const nNamed = () => tiles().filter((tile) => "seen" in tile.dataset).length;
const isEarly = () => isOneByOne() && nNamed() < tiles().length;
const focused = () => document.activeElement?.closest?.(".tile") ?? null;
const say = (text) => (inLeaf("live").textContent = text);
const nameOf = (classId) => leaf.querySelector(`button[data-class="${classId}"]`)?.dataset.name ?? "";

function mark(tile, isMarked, classId = "") {
  boxOf(tile).checked = isMarked;
  tile.dataset.said = isMarked ? classId : "";
  tile.querySelector(".tile-name").textContent = !isMarked ? "" : classId ? nameOf(classId) : "not this";
}

function markAll(chosen, isMarked) {
  for (const tile of chosen) mark(tile, isMarked);
  gesture = isMarked ? chosen : [];
  count();
}

function unmarkAll() {
  for (const tile of tiles()) delete tile.dataset.seen; // one that was named is named anew
  markAll(tiles(), false);
  if (isOneByOne()) focusOn(tiles()[0]);
}

function toggle(tile) {
  anchor = tile;
  markAll([tile], !boxOf(tile).checked);
}

function range(from, to) {
  const all = tiles();
  const [first, last] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  markAll(all.slice(first, last + 1), true);
}

function count() {
  keepMarks();
  show();
}

function show() {
  const n = tiles().length;
  inLeaf("marked").textContent = isOneByOne() ? `${nNamed()} of ${n} named` : `${nMarked()} marked`;
  inLeaf("mode-name").textContent = isOneByOne() ? "Mark instead" : "One by one";
  inLeaf("confirm-name").textContent = whatEnterDoes(n);
  refreshSync();
}

function whatEnterDoes(n) {
  if (isEarly()) return `It is ${nameOf(leaf.dataset.shown)}`;
  if (isOneByOne()) return n === 1 ? "Record it" : `Record these ${n}`;
  return nMarked() ? "Confirm the rest" : "Confirm all";
}

// What is marked or named on the page and not handed in.
const open = () => (leaf === confirmed || isAsRecorded() ? null : openMarks(nMarked(), nNamed(), isOneByOne(), !isEarly()));

// What a class is given to: what was marked last, else what the mouse is on, else the focus.
function targets() {
  if (isOneByOne()) return [focused() ?? lastFocus ?? tiles()[0]];
  const marked = gesture.filter((tile) => boxOf(tile).checked);
  if (marked.length) return marked;
  const tile = hovered ?? focused();
  return tile ? [tile] : [];
}

function name(classId) {
  const chosen = targets();
  if (!chosen.length) return say("Point at an image first.");
  for (const tile of chosen) mark(tile, classId !== leaf.dataset.shown, classId);
  gesture = chosen;
  say(`${chosen.length} named ${nameOf(classId)}.`);
  if (isOneByOne()) advance(chosen[0]);
  count();
}

function advance(tile) {
  tile.dataset.seen = "yes";
  const all = tiles();
  const here = all.indexOf(tile);
  const next = [...all.slice(here), ...all.slice(0, here)].find((other) => !("seen" in other.dataset));
  if (next) focusOn(next);
  else inLeaf("confirm").focus();
  count();
}

function focusOn(tile) {
  boxOf(tile).focus({ preventScroll: false });
  lastFocus = tile;
  if (isOneByOne()) showOne(tile);
}

function showOne(tile) {
  const room = inLeaf("one");
  room.hidden = false;
  room.replaceChildren(tile.querySelector("svg").cloneNode(true));
  const likely = tile.dataset.likely.split(",");
  const bar = leaf.querySelector(".sheet-answers");
  for (const button of bar.querySelectorAll("[data-class]")) button.classList.toggle("likely", likely.includes(button.dataset.class));
  for (const id of likely.toReversed()) inLeaf("confirm").after(bar.querySelector(`[data-class="${id}"]`) ?? "");
}

function switchMode() {
  leaf.toggleAttribute("data-one-by-one");
  inLeaf("many")?.toggleAttribute("hidden", !isOneByOne());
  inLeaf("one").hidden = !isOneByOne();
  if (isOneByOne()) focusOn(focused() ?? tiles().find((tile) => !("seen" in tile.dataset)) ?? tiles()[0]);
  count();
}

function confirm() {
  const unnamed = isOneByOne() && tiles().find((tile) => !("seen" in tile.dataset));
  if (unnamed) {
    const tile = focused() ?? (lastFocus && !("seen" in lastFocus.dataset) ? lastFocus : unnamed);
    mark(tile, false);
    return advance(tile);
  }
  const looked = performance.now() - paintedAt;
  if (!(looked >= LEAST_LOOK)) return say("Look at the page first.");
  const { queue: order, page } = leaf.dataset;
  const marks = {};
  for (const tile of tiles()) {
    if (boxOf(tile).checked) marks[tile.dataset.image] = tile.dataset.said ? Number(tile.dataset.said) : null;
  }
  const operation = { op_id: newId(), kind: "page", queue: Number(order), page: Number(page), marks, images: tiles().map((tile) => Number(tile.dataset.image)), duration_ms: Math.round(looked) };
  kept.keep(leaf.dataset, marksOf(tiles()), true); // whoever takes the page back finds it as it was
  confirmed = leaf;
  done.push({ op_id: operation.op_id, page });
  queue.add(operation);
  goOn();
}

async function goOn() {
  paintedAt = Infinity;
  const next = await ahead?.catch(() => null);
  if (next) return turn(next, "Confirmed.");
  leaf.inert = true;
  afterSending(() => location.assign(urls.here));
}

async function back() {
  const last = done.pop();
  if (!last) return say("There is no page of yours to take back.");
  paintedAt = Infinity;
  keepMarks();
  queue.add({ op_id: newId(), kind: "undo", target: last.op_id });
  const url = new URL(urls.here, location.href);
  url.searchParams.set("page", last.page);
  const before = await load(url).catch(() => null);
  if (before) {
    delete before.dataset.recorded; // whether or not the server knows yet
    turn(before, "Taken back.");
  }
  else afterSending(() => location.assign(url));
}

function afterSending(action) {
  if (!queue.size) return action();
  queue.addEventListener("recorded", () => !queue.size && action());
}

function turn(next, told) {
  leaf.replaceWith(next);
  leaf = next;
  begin();
  say(told);
  inLeaf("leaf-title")?.focus();
}

// The page counts as seen from the moment on that its images are decoded and a frame shows them.
async function begin() {
  gesture = [];
  hovered = anchor = lastFocus = null;
  paintedAt = Infinity;
  markAsKept();
  recordedAs = "recorded" in leaf.dataset && kept.isHandedIn(leaf.dataset) ? JSON.stringify(marksOf(tiles())) : null;
  for (const button of leaf.querySelectorAll(".sheet-answers button")) {
    button.hidden = false;
    button.classList.toggle("as-shown", button.dataset.class === leaf.dataset.shown); // Enter says that
  }
  const here = leaf;
  here.dataset.size = inSession((session) => session.getItem("review-size")) ?? "";
  focusOn((isOneByOne() && tiles().find((tile) => !("seen" in tile.dataset))) || tiles()[0]);
  count();
  ahead = here.dataset.next ? load(here.dataset.next) : null;
  ahead?.catch(() => null);
  await Promise.all([...spritesOf(here)].map(decoded));
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (leaf === here) paintedAt = performance.now();
  }));
  here.dataset.ready = "yes";
}

function resize(step) {
  const now = SIZES.indexOf(leaf.dataset.size ?? "");
  leaf.dataset.size = SIZES[Math.min(Math.max(now + step, 0), SIZES.length - 1)];
  inSession((session) => session.setItem("review-size", leaf.dataset.size));
}

function move(key, extend) {
  const all = tiles();
  const here = all.indexOf(focused() ?? lastFocus ?? all[0]);
  const columns = all.filter((tile) => tile.offsetTop === all[0].offsetTop).length;
  const next = all[here + { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key]];
  if (!next) return;
  hovered = null;
  if (extend) {
    anchor ??= all[here];
    range(anchor, next);
  } else {
    gesture = [];
    anchor = next;
  }
  focusOn(next);
}

function enlargeIn(tile) {
  const small = tile?.querySelector("[data-original]");
  if (small) enlarge(small);
}

// To the page of one image; what is marked waits here until whoever went there comes back.
function look(tile) {
  const link = tile?.querySelector(".tile-large");
  if (link) afterSending(() => location.assign(link.href));
}

const isAsRecorded = () => recordedAs !== null && JSON.stringify(marksOf(tiles())) === recordedAs;
const keepMarks = () => kept.keep(leaf.dataset, marksOf(tiles()), isAsRecorded());

function markAsKept() {
  const marks = new Map(kept.of(leaf.dataset, tiles().map((tile) => tile.dataset.image)).map(([image, ...rest]) => [image, rest]));
  for (const tile of tiles()) {
    const [isMarked, said, isSeen] = marks.get(tile.dataset.image) ?? [false, "", false];
    mark(tile, isMarked, said);
    if (isSeen) tile.dataset.seen = "yes";
    else delete tile.dataset.seen;
    if (isSeen) leaf.toggleAttribute("data-one-by-one", true);
  }
}

// Another tab shows the same page, and something was marked there.
function followTab() {
  if (leaf === confirmed) return;
  markAsKept();
  show();
}

const commands = {
  Enter: confirm,
  Backspace: back,
  "ctrl+z": back,
  Escape: unmarkAll,
  m: switchMode,
  "+": () => resize(1),
  "=": () => resize(1),
  "-": () => resize(-1),
  z: () => look(hovered ?? focused()),
  "?": () => keySheet.showModal(),
};

function onKey(event) {
  const key = pressed(event);
  if (key === null) return;
  if (key.startsWith("Arrow")) {
    event.preventDefault();
    return move(key, event.shiftKey);
  }
  if (key === " ") {
    if (isOnControl(event)) return;
    event.preventDefault();
    const tile = focused() ?? lastFocus;
    if (!tile || event.repeat) return;
    toggle(tile);
    return isOneByOne() ? advance(tile) : undefined;
  }
  if (key === "Enter" && isOnControl(event)) return;
  const button = [...leaf.querySelectorAll("button[data-key]")].find((one) => one.dataset.key && one.dataset.key === key);
  const action = commands[key] ?? (button && (() => name(button.dataset.class)));
  if (!action) return;
  event.preventDefault();
  if (!event.repeat) action();
}

function onClick(event) {
  const button = event.target.closest("[data-leaf] button");
  if (button?.dataset.class) {
    name(button.dataset.class);
    (lastFocus ?? tiles()[0]) && !isOneByOne() && boxOf(lastFocus ?? tiles()[0]).focus({ preventScroll: true });
    return;
  }
  if (button && "undo" in button.dataset) return void back();
  if (button && "mode" in button.dataset) return switchMode();
  if (button && "help" in button.dataset) return keySheet.showModal();
  if (event.target.closest(".tile-large")) return;
  const tile = event.target.closest("[data-leaf] .tile");
  if (!tile || event.target.tagName === "INPUT") return;
  event.preventDefault();
  if (event.shiftKey && anchor) range(anchor, tile);
  else toggle(tile);
  focusOn(tile);
}

function onDrag(event) {
  const grid = event.target.closest("[data-leaf] .tiles");
  if (!grid) return;
  const before = new Set(tiles().filter((tile) => boxOf(tile).checked));
  lasso(grid, event, tiles, (touched) => {
    for (const tile of tiles()) if (!before.has(tile)) mark(tile, touched.has(tile));
    gesture = [...touched];
    count();
  });
}

function onRecorded({ detail }) {
  const { n_done, n_planted, n_found } = detail.body;
  part("done").textContent = n_done;
  part("planted").hidden = !n_planted;
  part("found").textContent = `${n_found} of ${n_planted}`;
  spreadSoon(urls.spread);
}

function onRefused({ detail }) {
  kept.refused(detail.operation);
  const box = part("trouble");
  box.hidden = false;
  box.textContent = `A page was not recorded: ${detail.error.message} `;
  box.append(Object.assign(document.createElement("a"), { href: urls.here, textContent: "Look again" }));
}

const refreshSync = showSync(part("sync"), queue, urls.login, open);
kept.onChange(followTab);
queue.addEventListener("recorded", onRecorded);
queue.addEventListener("refused", onRefused);
document.addEventListener("keydown", onKey);
pressByName((button) => name(button.dataset.class), () => focusOn(lastFocus ?? tiles()[0]));
document.addEventListener("click", onClick);
document.addEventListener("dblclick", (event) => enlargeIn(event.target.closest(".tile")));
document.addEventListener("pointerdown", onDrag);
document.addEventListener("dragstart", (event) => event.target.closest?.("[data-leaf]") && event.preventDefault());
document.addEventListener("pointerover", (event) => (hovered = event.pointerType === "mouse" ? event.target.closest?.("[data-leaf] .tile") ?? null : null));
document.addEventListener("focusin", () => (lastFocus = focused() ?? lastFocus));
document.addEventListener("change", (event) => {
  const tile = event.target.closest?.("[data-leaf] .tile");
  if (tile) markAll([tile], event.target.checked);
});
document.addEventListener("submit", (event) => {
  if (!event.target.closest("[data-leaf]")) return;
  event.preventDefault();
  confirm();
});
if (queue.size) {
  // Pages of before this one was loaded: what is left is known when they are recorded.
  afterSending(() => location.assign(urls.here));
  queue.send();
} else begin();
