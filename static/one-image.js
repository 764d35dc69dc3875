// One image, large: a key says what it is, and the next of its list comes, loaded ahead.

import { pressByName } from "./by-name.js";
import { ImageAnswers } from "./image-answers.js";
import { isOnControl, pressed } from "./keys.js";
import { Photo, Stage } from "./stage.js";

let page = document.querySelector("[data-one]");
const answers = new ImageAnswers(page.dataset);
const part = (name) => page.querySelector(`[data-${name}]`);
const classButtons = () => [...page.querySelectorAll("button[data-class]")];
const ahead = new Map();
let stage = null;
let shownAt = 0;
// Of two ways asked for one after the other, the later is gone.
let latest = 0;

function begin(told = "") {
  stage = null;
  const box = part("stage");
  const { original, width, height } = box.dataset;
  if (original) {
    const still = box.querySelector("img");
    const photo = new Photo({ url: original, width: Number(width), height: Number(height) }, still.alt, still.src);
    photo.element.addEventListener("trouble", () => {
      part("file-trouble").hidden = false;
      part("file-trouble").textContent = photo.trouble;
    });
    stage = new Stage(box);
    stage.show(photo.element, photo);
    photo.load(stage.widthOf(photo.original));
  }
  answers.sync(part("sync"));
  part("undo").hidden = !answers.said.length;
  for (const url of [page.dataset.after, page.dataset.before]) if (url) loadAhead(url);
  shownAt = performance.now();
  if (told) part("live").textContent = told;
  page.dataset.ready = "yes";
}

function loadAhead(url) {
  if (!ahead.has(url)) ahead.set(url, load(url).catch(() => null));
}

async function load(url) {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok || response.redirected) throw new Error(`${response.status} ${url}`);
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = found.querySelector("[data-one]");
  // A test image has no answers, and so no script to go on with.
  if (!next?.querySelector("[data-answers]")) throw new Error("another page");
  return { next: document.adoptNode(next), title: found.title };
}

async function go(url, told = "") {
  if (!url) return;
  const asked = ++latest;
  const loaded = await (ahead.get(url) ?? load(url).catch(() => null));
  if (asked !== latest) return;
  if (!loaded) return void answers.afterSending(() => location.assign(url));
  ahead.clear();
  page.replaceWith(loaded.next);
  page = loaded.next;
  document.title = loaded.title;
  history.replaceState(null, "", url);
  begin(told);
  part("title").focus();
}

function answer(classId) {
  const { image, shown, after } = page.dataset;
  answers.answer(Number(image), shown ? Number(shown) : null, classId, performance.now() - shownAt, Number(page.dataset.revision));
  const told = "Recorded.";
  if (after) return go(after, told);
  again(location.href, told);
}

// The page of an image as it is once all that was said of it is recorded.
function again(url, told) {
  page.inert = true;
  const asked = ++latest;
  answers.afterSending(() => {
    ahead.clear();
    if (asked === latest) go(url, told);
  });
}

function undo() {
  const image = answers.undo();
  if (image === null) return void (part("live").textContent = "There is nothing of yours to take back.");
  const url = new URL(location.href);
  url.pathname = url.pathname.replace(/\d+$/, image);
  again(url.href, "Taken back.");
}

function confirm() {
  if (page.dataset.shown) return answer(Number(page.dataset.shown));
  go(page.dataset.after);
}

function notThis() {
  if (part("not")) answer(null);
}

const commands = {
  Enter: confirm,
  " ": notThis,
  Backspace: undo,
  "ctrl+z": undo,
  ArrowLeft: () => go(page.dataset.before),
  ArrowRight: () => go(page.dataset.after),
  Escape: () => answers.afterSending(() => location.assign(page.dataset.back)),
  z: () => stage?.toggle(),
  "+": () => stage?.closer(),
  "=": () => stage?.closer(),
  "-": () => stage?.farther(),
};

document.addEventListener("keydown", (event) => {
  const key = pressed(event);
  if (key === null || ((key === "Enter" || key === " ") && isOnControl(event))) return;
  const button = classButtons().find((one) => one.dataset.key && one.dataset.key === key);
  const action = commands[key] ?? (button && (() => answer(Number(button.dataset.class))));
  if (!action) return;
  event.preventDefault();
  if (!event.repeat) action();
});
pressByName((button) => answer(Number(button.dataset.class)));
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-answers]")) return;
  event.preventDefault();
  const button = event.submitter;
  if (button.dataset.class) answer(Number(button.dataset.class));
  else if ("not" in button.dataset) notThis();
  else confirm();
});
document.addEventListener("click", (event) => event.target.closest("[data-undo]") && undo());
answers.onRefused(() => part("trouble"));
begin();
