// One image at a time, named by a key or a button, for whatever runs anywidget.
//
// What the kernel knows comes as `state`; what was done here since then is in `waiting`, until
// `state.heard` says that it arrived. What is shown is the first with the second done to it, so
// that a slow kernel holds nobody up.

const AHEAD = 12;
const KEYS = [..."1234567890abcdefghijklmnopqrstuvwxyz"];
const PATIENCE = 3;

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// A class that is called by a key has it, as digits do; the others have those that are left.
export function keysOf(classes) {
  const own = classes.map((name) => (KEYS.includes(name) ? name : null));
  const left = KEYS.filter((key) => !own.includes(key));
  return own.map((key) => key ?? left.shift());
}

// How things stand when all that was done here has arrived.
export function foreseen(state, waiting) {
  const open = [...state.open];
  const history = [...state.history];
  let done = state.done;
  for (const { kind, row, value } of waiting) {
    if (kind === "undo") {
      const last = history.pop();
      if (last) {
        open.unshift(last[0]);
        done -= 1;
      }
    } else if (open.includes(row)) {
      open.splice(open.indexOf(row), 1);
      history.push([row, value]);
      done += 1;
    }
  }
  return { open, history, done };
}

function frame() {
  const root = element("div", "labeler-widget");
  root.tabIndex = 0;
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own keys rest while this has the focus
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Name images");
  const parts = {
    root,
    bar: element("progress", "lw-bar"),
    count: element("span", "lw-count"),
    image: element("img", "lw-image"),
    rest: element("p", "lw-rest"),
    buttons: element("div", "lw-classes"),
    skip: action("Space", "Skip"),
    undo: action("⌫", "Take back"),
    last: element("p", "lw-last"),
    note: element("p", "lw-note"),
  };
  parts.bar.setAttribute("aria-label", "Images named");
  parts.last.setAttribute("role", "status");
  parts.note.setAttribute("role", "alert");
  const head = element("div", "lw-head");
  head.append(parts.bar, parts.count);
  const stage = element("div", "lw-stage");
  stage.append(parts.image, parts.rest);
  const moves = element("div", "lw-moves");
  moves.append(parts.skip, parts.undo);
  const side = element("div", "lw-side");
  const line = element("div", "lw-line");
  line.append(parts.last, element("p", "lw-hint", "Click here, and keys name images."));
  side.append(parts.buttons, moves, line, parts.note);
  root.append(head, stage, side);
  return parts;
}

function action(key, text) {
  const button = element("button", "lw-button");
  button.type = "button";
  if (key) button.append(element("kbd", "", key));
  button.append(element("span", "", text));
  return button;
}

function render({ model, el }) {
  const view = `${Date.now()}-${Math.random()}`;
  const pictures = new Map();
  const parts = frame();
  let waiting = [];
  let number = 0;
  let keys = [];
  let shownClasses = "";

  const state = () => model.get("state");
  const now = () => foreseen(state(), waiting);

  function send(message) {
    number += 1;
    const sent = { ...message, view, number };
    waiting.push(sent);
    model.send(sent);
    draw();
  }

  function answer(value) {
    const [row] = now().open;
    if (row !== undefined && pictures.get(row)) send({ kind: "answer", row, value });
  }

  function undo() {
    if (now().history.length) send({ kind: "undo" });
  }

  function fetchAhead({ open, history }) {
    const near = [...open.slice(0, AHEAD), ...history.slice(-AHEAD).map(([row]) => row)];
    for (const row of pictures.keys()) if (!near.includes(row)) pictures.delete(row);
    const rows = open.slice(0, AHEAD).filter((row) => !pictures.has(row));
    for (const row of rows) pictures.set(row, null);
    if (rows.length) model.send({ kind: "look", rows });
  }

  function drawClasses(classes) {
    if (shownClasses === classes.join("\n")) return;
    shownClasses = classes.join("\n");
    keys = keysOf(classes);
    parts.buttons.replaceChildren(...classes.map((name, place) => {
      const button = action(keys[place], name);
      button.addEventListener("click", () => answer(place));
      return button;
    }));
  }

  function drawImage(row) {
    const source = pictures.get(row);
    parts.image.hidden = !source;
    parts.rest.hidden = Boolean(source);
    if (source) {
      if (parts.image.src !== source) parts.image.src = source;
      parts.image.alt = `Image ${row}`;
    } else if (row !== undefined) {
      parts.rest.textContent = "Waiting for the kernel…";
    } else {
      parts.rest.textContent = state().finished && !waiting.length ? "All is named. Go on in the next cell." : "The next images are being chosen…";
    }
  }

  function draw() {
    const { classes, total, note } = state();
    const seen = now();
    fetchAhead(seen);
    drawClasses(classes);
    drawImage(seen.open[0]);
    parts.bar.max = Math.max(total, 1);
    parts.bar.value = seen.done;
    parts.count.textContent = `${seen.done} of ${total}`;
    const ready = Boolean(pictures.get(seen.open[0]));
    for (const button of [...parts.buttons.children, parts.skip]) button.disabled = !ready;
    parts.undo.disabled = !seen.history.length;
    const [, value] = seen.history.at(-1) ?? [];
    const late = waiting.length > PATIENCE ? ` · ${waiting.length} answers on their way` : "";
    parts.last.textContent = (seen.history.length ? `Last: ${classes[value] ?? "skipped"}` : "") + late;
    parts.note.textContent = note;
    parts.root.dataset.row = seen.open[0] ?? "";
    parts.root.dataset.waiting = waiting.length;
  }

  function onState() {
    const heard = state().heard[view] ?? 0;
    waiting = waiting.filter((message) => message.number > heard);
    draw();
  }

  function onMessage(message) {
    if (message.kind !== "picture" || !pictures.has(message.row)) return;
    pictures.set(message.row, message.source);
    draw();
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const place = keys.indexOf(event.key.toLowerCase());
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (place >= 0) answer(place);
    else if (event.key === " " && !onButton) answer(null);
    else if (event.key === "Backspace") undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // A small image is enlarged with its pixels sharp, a photograph is smoothed.
  parts.image.addEventListener("load", () => {
    parts.image.classList.toggle("lw-pixels", Math.max(parts.image.naturalWidth, parts.image.naturalHeight) <= 96);
  });
  parts.skip.addEventListener("click", () => answer(null));
  parts.undo.addEventListener("click", undo);
  parts.root.addEventListener("keydown", onKey);
  // After a click keys go on; a button that is disabled would lose the focus.
  parts.root.addEventListener("click", (event) => { if (event.detail) parts.root.focus({ preventScroll: true }); });
  model.on("change:state", onState);
  model.on("msg:custom", onMessage);
  el.append(parts.root);
  draw();
  return () => {
    model.off("change:state", onState);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
