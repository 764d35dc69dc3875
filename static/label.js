// One image at a time: a key is the answer to the image on the screen, and the next is there at once.

import { settling } from "./after-paint.js";
import { KeyHint } from "./key-hint.js";
import { isOnControl, pressed } from "./keys.js";
import { largeUrl } from "./large-url.js";
import { OutQueue } from "./out-queue.js";
import { duration, getJson, RunState, verdictName } from "./run-state.js";
import { Photo, Stage } from "./stage.js";
import { showSync, showTrouble } from "./sync-line.js";
import { thumb } from "./thumbs.js";

const PRELOADED = 3;
const STEPS_BACK = 2;
// Photographs that were shown and are kept decoded, in millions of pixels of all and in number.
const KEPT_BEHIND = 4;
const KEPT_MEGAPIXELS = 60;
const GLANCE = 60;
const REST = 1000;
const ROWS = [
  ["nearest", "Nearest", "most alike"],
  ["random", "Random", ""],
  ["farthest", "Farthest", "least alike"],
];

const page = document.querySelector("[data-label]");
const part = (name) => page.querySelector(`[data-${name}]`);
const form = part("answers");
const buttons = [...form.querySelectorAll("button[data-key]")];
const byKey = new Map(buttons.filter((button) => button.dataset.key).map((button) => [button.dataset.key, button]));
const accept = form.querySelector("[data-accept]");
const queue = new OutQueue(page.dataset.run, page.dataset.operations);
const state = new RunState(page, queue);
const images = new Map();
const stage = new Stage(part("stage"));
const first = photoOfPage();
const evidence = new Map();
const PLACE = `labeler:${page.dataset.run}:place`;
const keySheet = document.getElementById("keys");
const hint = new KeyHint(part("key-hint"));
let shown = null;
// Every question here is answered, and the next ones are being chosen.
let resting = false;
let since = performance.now();
let restTimer = 0;
let loadTimer = 0;
let news = null;
let drawn = null;
// Somebody else was faster here: after the next answer we go on elsewhere.
let isSecond = false;
const typing = part("type-class") && (await typingOf(part("type-class")));

// Beyond ten classes, and where a run began without any, a name is typed.
async function typingOf(field) {
  const { TypeClass } = await import("./type-class.js");
  return new TypeClass(field, form.querySelector(".class-buttons"), buttons, {
    isKey: (key) => byKey.has(key),
    answer: (button) => resting || answerShown(button),
    add: addClass,
  });
}

function imageOf(question) {
  if (!images.has(question.id)) images.set(question.id, question.original ? photoOf(question) : pixelsOf(question));
  return images.get(question.id);
}

const altOf = (question) => question.original?.path || `Question ${question.position + 1}, image ${question.image}`;
const urlOf = (question) => state.image.url.replace("/0.", `/${question.image}.`);

function pixelsOf(question) {
  const element = new Image(state.image.width, state.image.height);
  Object.assign(element, { className: "pixels", alt: altOf(question), src: urlOf(question) });
  return { element, photo: null, load: () => element.decode().catch(() => {}) };
}

// That of the page, which does not wait for the questions.
function photoOfPage() {
  const url = part("stage").dataset.original;
  if (!url) return null;
  const still = part("stage").querySelector(".still");
  const [width, height] = ["width", "height"].map((side) => Number(still.getAttribute(side)));
  const photo = new Photo({ url, width, height }, still.alt, still.src);
  stage.show(photo.element, photo);
  photo.load(stage.widthOf(photo.original));
  return photo;
}

function photoOf(question) {
  const photo = question.original.url === first?.original.url ? first : new Photo(question.original, altOf(question), urlOf(question));
  photo.element.addEventListener("trouble", () => shown === question && showFile(question));
  return { element: photo.element, photo, load: () => photo.load(stage.widthOf(question.original)), leave: () => photo.leave() };
}

// The photographs before one, the nearest first, as far as they fit into what is kept.
function behind(question) {
  let room = KEPT_MEGAPIXELS * 1e6;
  const before = state.questions.slice(Math.max(0, question.position - KEPT_BEHIND), question.position).reverse();
  return before.filter(({ original }, place) => {
    room -= original ? original.width * original.height : 0;
    return place === 0 || room >= 0;
  });
}

// Photographs take megabytes: those far from the one shown are let go.
function forget(question) {
  if (!question.original) return;
  const near = new Set([question, ...following(question).slice(0, PRELOADED), ...behind(question)].map(({ id }) => id));
  for (const [id, picture] of images) {
    if (near.has(id)) continue;
    picture.leave?.();
    images.delete(id);
  }
}

function showFile(question) {
  if (!part("file")) return;
  part("file").hidden = !question.original;
  if (!question.original) return;
  const { path, place, width, height, url } = question.original;
  Object.assign(part("file-name"), { textContent: path, title: place ?? path });
  part("file-size").textContent = `${width.toLocaleString("en")} × ${height.toLocaleString("en")}`;
  part("file-link").href = url;
  const trouble = imageOf(question).photo.trouble ?? "";
  part("file-trouble").textContent = trouble;
  part("file-trouble").hidden = !trouble;
}

function evidenceOf(question) {
  if (!evidence.has(question.id)) {
    const asked = getJson(page.dataset.evidence.replace("/0/", `/${question.id}/`)).then((loaded) => {
      if (loaded.sprite) new Image().src = loaded.sprite.url;
      return loaded;
    });
    asked.catch(() => evidence.delete(question.id));
    evidence.set(question.id, asked);
  }
  return evidence.get(question.id);
}

// Only what belongs to the image itself comes with it; all else follows when it is painted.
function show(question) {
  rest(false);
  const isPassing = question.original && shown && performance.now() - since < GLANCE;
  shown = question;
  since = performance.now();
  const picture = imageOf(question);
  stage.show(picture.element, picture.photo);
  clearTimeout(loadTimer);
  loadTimer = isPassing ? setTimeout(load, GLANCE, question) : 0;
  if (!isPassing) load(question);
  part("position").textContent = question.position + 1;
  if (part("stands")) tellStanding(question);
  // Enter has to take the suggestion for this image, however fast it comes.
  showSuggestion(state.current(question) ? null : question.suggestion);
  form.elements.question_id.value = question.id;
  settle();
}

// What the answer is for; an audit asks about single images and tells nothing.
function tellStanding(question) {
  const stands = document.createElement("strong");
  if (question.kind === page.dataset.later) {
    stands.textContent = "hard to tell";
    part("stands").replaceChildren(stands, " by the answers until now");
  } else {
    stands.textContent = question.stands_for === 1 ? "1 image" : `${question.stands_for.toLocaleString("en")} images`;
    part("stands").replaceChildren("this answer labels ", stands);
  }
  if (part("phase")) part("phase").textContent = part("phase").dataset[question.kind === page.dataset.later ? "second" : "first"];
  part("evidence-title").textContent = question.cluster === null ? "Look-alikes" : "In the same cluster";
  part("evidence-hint").hidden = question.cluster === null;
}

// The one that is looked at first: those around it wait until it is here.
async function load(question) {
  loadTimer = 0;
  await imageOf(question).load();
  for (const near of [...following(question).slice(0, PRELOADED), ...behind(question).slice(0, STEPS_BACK)]) {
    if (shown !== question) return;
    await imageOf(near).load();
  }
}

const settle = settling(() => {
  refresh();
  remember(shown);
  showFile(shown);
  // Over the pictures that an arrow held down passes, one goes at once.
  if (!loadTimer) load(shown);
  forget(shown);
  showEvidence(shown);
});

// A reload comes back to the image. To change the address takes milliseconds: it waits until
// the keys rest.
function remember(question) {
  clearTimeout(restTimer);
  restTimer = setTimeout(() => history.replaceState(null, "", `?q=${question.id}`), REST);
  try {
    sessionStorage.setItem(PLACE, question.id);
  } catch {
    // Then the address alone has to do.
  }
}

function remembered() {
  const asked = new URLSearchParams(location.search).get("q");
  const [visit] = performance.getEntriesByType("navigation");
  if (visit?.type !== "reload") return Number(asked);
  try {
    return Number(sessionStorage.getItem(PLACE) ?? asked);
  } catch {
    return Number(asked);
  }
}

async function showEvidence(question) {
  if (drawn === question || !page.dataset.evidence) return;
  const box = part("evidence-rows");
  // Who types this fast does not look at it, and the answers need the line.
  if (!evidence.has(question.id)) await new Promise((resolve) => setTimeout(resolve, GLANCE));
  if (shown !== question) return;
  const loaded = await evidenceOf(question).catch(() => null);
  if (shown !== question) return;
  if (loaded) drawn = question;
  following(question).slice(0, PRELOADED).forEach(evidenceOf);
  if (!loaded?.sprite) {
    box.replaceChildren(Object.assign(document.createElement("p"), {
      className: "muted small",
      textContent: loaded ? "This image stands for itself alone." : "The others cannot be loaded right now.",
    }));
    return;
  }
  let place = 0;
  const rows = ROWS.flatMap(([name, title, hint]) => {
    if (!loaded[name].length) return [];
    const heading = document.createElement("h3");
    heading.append(`${title} `, Object.assign(document.createElement("small"), { className: "muted", textContent: hint }));
    const list = Object.assign(document.createElement("ul"), { className: "strip" });
    for (const image of loaded[name]) {
      const item = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { className: "opening", href: largeUrl(page.dataset.large, image, loaded[name]) });
      link.append(thumb(loaded.sprite, place++, `image ${image}`));
      item.append(link);
      list.append(item);
    }
    return [heading, list];
  });
  box.replaceChildren(...rows);
}

function following(question) {
  const later = state.questions.slice(question.position + 1);
  const around = [...later, ...state.questions.slice(0, question.position)];
  const open = around.filter((candidate) => state.isOpen(candidate));
  return open.length ? open : later;
}

// While questions are being chosen, no key may answer the last one again.
function rest(now) {
  resting = now;
  page.toggleAttribute("data-resting", now);
  if (part("choosing")) part("choosing").hidden = !now;
  for (const button of buttons) button.disabled = now;
  part("stage").classList.toggle("resting", now);
  if (!now) return;
  stage.show(page.dataset.then ? "All named; the figure comes in a moment." : "The next image comes in a moment.");
  part("live").textContent = page.dataset.then ? "All named." : "All questions so far are answered. Choosing the next ones.";
}

// Whenever something changed, and at every look for the next questions.
function goOn() {
  if (!resting) return;
  if (state.open.length) show(state.open[0]);
  else if (state.choosing?.status === "failed") {
    part("choosing-text").textContent = "The next questions could not be chosen; reload the page to see why.";
  }
}

function refresh() {
  const { total } = state;
  const answered = state.asked - state.open.length;
  part("progress").max = total;
  page.dataset.known = state.questions.length;
  part("given").textContent = answered.toLocaleString("en");
  part("total").textContent = total.toLocaleString("en");
  part("progress").value = answered;
  part("left").textContent = state.timeLeft ? duration(state.timeLeft) : "";
  part("finished").hidden = answered < total;
  if (news) {
    tell(news.last, news.live);
    news = null;
  }
  const answer = shown && state.current(shown);
  const name = verdictName(state, answer);
  part("current").hidden = !answer;
  part("current").textContent = answer?.annotator && answer.annotator !== state.me ? `${name}, by ${answer.annotator}` : name;
  const value = answer?.verdict === "class" ? `class:${state.classOf(answer)?.id}` : answer?.verdict;
  for (const button of buttons) {
    const isPressed = String(button.value === value);
    if (button.getAttribute("aria-pressed") !== isPressed) button.setAttribute("aria-pressed", isPressed);
  }
  showSuggestion(shown && !answer ? shown.suggestion : null);
  setMove("back", shown && state.questions[shown.position - 1]);
  setMove("forward", shown && state.questions[shown.position + 1]);
}

function tell(last, live = last) {
  part("last").textContent = last;
  part("live").textContent = live;
}

// Of a file, and nobody's answer until Enter makes it one.
function showSuggestion(suggestion) {
  if (!accept) return;
  const name = suggestion && state.classOf(suggestion)?.name;
  accept.hidden = !name;
  accept.value = name ? `class:${suggestion.class_id}` : "";
  part("unsuggested").hidden = Boolean(name);
  part("suggested").textContent = name ?? "";
  const sure = suggestion?.confidence;
  part("sure").textContent = `suggested by a file${sure == null ? "" : `, confidence ${sure.toFixed(2)}`}`;
}

function acceptSuggestion() {
  if (accept && !accept.hidden) answerShown(buttons.find((button) => button.value === accept.value) ?? accept);
}

function setMove(name, question) {
  const link = page.querySelector(`[data-move=${name}]`);
  if (question) link.href = `?q=${question.id}`;
  else link.removeAttribute("href");
}

function answerShown(button) {
  if (!shown) return;
  const question = shown;
  const [verdict, classId] = button.value.split(":");
  state.answer([question.id], verdict, classId ? Number(classId) : null, performance.now() - since);
  flash(button);
  const name = verdictName(state, state.current(question));
  news = { last: `Question ${question.position + 1}: ${name}`, live: `${name}. ${state.open.length} left.` };
  const ahead = following(question);
  const next = ahead[isSecond ? Math.floor(ahead.length / 2) : 0];
  isSecond = false;
  if (mustRest()) rest(true);
  else show(next ?? question);
  typing?.next();
  state.followChoosing();
}

// One that was typed: its button and key are there from now on.
function addClass(made, button) {
  state.classes.push(made);
  buttons.push(button);
  if (button.dataset.key) byKey.set(button.dataset.key, button);
}

function flash(button) {
  button.classList.add("flash");
  setTimeout(() => button.classList.remove("flash"), 140);
}

function undo() {
  const ids = state.undo();
  const first = state.questions.find(({ id }) => id === ids[0]);
  const words = first ? `Taken back: question ${first.position + 1}` : "There is nothing of yours to take back.";
  news = { last: words, live: words };
  first ? show(first) : settle();
}

function move(step) {
  // Behind the last question is the pause; before it, the question answered last.
  const next = resting ? step < 0 && shown : shown && state.questions[shown.position + step];
  if (next) show(next);
  else if (step > 0 && mustRest() && !page.dataset.then) rest(true);
}

// At a checkpoint, too: its figure waits until the last answer is on the server.
const mustRest = () => !state.open.length && (state.moreToCome || Boolean(page.dataset.then));

function leave() {
  if (resting && page.dataset.then && !queue.size && !state.open.length) location.assign(page.dataset.then);
}

const commands = {
  ArrowLeft: () => move(-1),
  ArrowRight: () => move(1),
  Backspace: undo,
  "ctrl+z": undo,
  Enter: acceptSuggestion,
  z: () => stage.toggle(),
  "+": () => stage.closer(),
  "=": () => stage.closer(),
  "-": () => stage.farther(),
  g: () => page.dataset.sheet && location.assign(page.dataset.sheet),
  "/": () => typing?.open(),
  "?": () => keySheet.showModal(),
};
const HINTS = { " ": "skip", Backspace: "undo", "ctrl+z": "undo" };

function onKey(event) {
  const key = pressed(event) ?? typing?.passing(event) ?? null;
  if (key === null || !shown) return;
  // Some keyboards have "/" on a digit.
  const command = commands[key] ?? (event.key === "/" && commands["/"]);
  const button = resting ? null : byKey.get(key);
  if (resting && byKey.has(key)) event.preventDefault();
  if (!command && !button) {
    // In the pause between two rounds a class keeps its key, and only waits.
    if (!byKey.has(key) && /^(shift\+)?[^\s]$/.test(key)) tell(`No class has the key ${key.toUpperCase()}; ? shows all keys.`);
    return;
  }
  if ((key === " " || key === "Enter") && isOnControl(event)) return;
  event.preventDefault();
  // A key held down must not answer image after image.
  if (event.repeat && button) return;
  hint.use(HINTS[key] ?? (button ? "name" : "other"));
  // A class that was given a key before a command had it keeps it.
  button ? answerShown(button) : command();
}

function start() {
  const place = remembered();
  show(state.questions.find(({ id }) => id === place) ?? state.open[0] ?? state.questions[0]);
  if (mustRest() && !page.dataset.then) rest(true);
  state.addEventListener("changed", settle);
  state.addEventListener("changed", goOn);
  state.addEventListener("waiting", goOn);
  state.followChoosing();
  document.addEventListener("keydown", onKey);
  typing?.next();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answerShown(event.submitter);
  });
  // After a click, Space is to skip, not to press the button again.
  page.addEventListener("click", (event) => event.detail && !event.target.closest("input, label") && document.activeElement.blur());
  part("undo").form.addEventListener("submit", (event) => {
    event.preventDefault();
    undo();
  });
  for (const [name, step] of [["back", -1], ["forward", 1]]) {
    page.querySelector(`[data-move=${name}]`).addEventListener("click", (event) => {
      event.preventDefault();
      move(step);
    });
  }
  if (part("closer")) {
    part("closer").hidden = false;
    for (const [name, key] of [["nearer", "+"], ["farther", "-"], ["own-pixels", "z"]]) part(name).addEventListener("click", commands[key]);
  }
  part("help").hidden = false;
  part("help").addEventListener("click", () => keySheet.showModal());
  page.dataset.ready = "yes";
}

showSync(part("sync"), queue, page.dataset.login);
showTrouble(part("trouble"), state);
state.addEventListener("refused", ({ detail }) => {
  isSecond = detail.error.code === "answer_conflict";
});
queue.addEventListener("changed", leave);
state.load().then(start, () => {
  part("sync").textContent = "The questions cannot be loaded; reload the page.";
});
queue.send();
