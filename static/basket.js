// Takes pictures and folders that are dropped or chosen, and sends them one by one. What the server
// has already is passed over, so that an upload that was cut off goes on where it was.

const box = document.querySelector("[data-basket]");
const form = box.closest("form");
const panel = box.querySelector("[data-basket-progress]");
const bar = panel.querySelector("progress");
const message = panel.querySelector("[data-basket-message]");
const stop = panel.querySelector("[data-basket-stop]");
const problems = panel.querySelector("[data-basket-problems]");
const TAKEN = /\.(jpe?g|png|gif|bmp|tiff?|webp|avif|hei[cf]|hif|jfif|pgm|ppm|pbm|csv|tsv|txt|jsonl?|xml)$/i;
const ARCHIVE = /\.(zip|tar|tgz|npz|npy|parquet|gz|idx)$/i;
const JUNK = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;
const AT_ONCE = 3;
const PAUSE = 2000;
const RATE_SECONDS = 10;
const SHOWN = 50;

let round = 0;
let waiting = [];
let counts = { done: 0, all: 0, bytes: 0, allBytes: 0, skipped: 0, bad: 0 };
let sent = [];

const isBusy = () => !stop.hidden;

// One folder's entries come in parts, until there are none.
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return all;
    all.push(...part);
  }
}

async function collect(entry, files) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    files.push({ file, name: entry.fullPath.replace(/^\//, "") });
    return;
  }
  for (const inner of await entriesOf(entry)) await collect(inner, files);
}

async function basketId() {
  const field = form.elements.basket;
  const chosen = form.elements.dataset.value.split(":")[1];
  if (chosen || field.value) return chosen || field.value;
  const response = await fetch(box.dataset.api, { method: "POST" });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  field.value = answer.id;
  history.replaceState(null, "", `${location.pathname}?basket=${answer.id}`);
  return answer.id;
}

function complain(text) {
  counts.bad += 1;
  problems.hidden = false;
  problems.querySelector("summary").textContent = `${counts.bad.toLocaleString()} not taken`;
  if (counts.bad > SHOWN) return;
  const line = document.createElement("li");
  line.textContent = text;
  problems.querySelector("ul").append(line);
}

function rate() {
  const now = performance.now() / 1000;
  sent = sent.filter(([moment]) => now - moment < RATE_SECONDS);
  if (sent.length < 2 || now - sent[0][0] < 1) return 0;
  return sent.reduce((sum, [, bytes]) => sum + bytes, 0) / (now - sent[0][0]);
}

function timeLeft(seconds) {
  return seconds < 90 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`;
}

function show(note = "") {
  panel.hidden = false;
  bar.max = counts.allBytes || 1;
  bar.value = counts.bytes;
  const bytesPerSecond = rate();
  const parts = [`${counts.done.toLocaleString()} of ${counts.all.toLocaleString()} files`];
  if (bytesPerSecond && isBusy()) {
    parts.push(`${(bytesPerSecond / 1e6).toFixed(1)} MB/s`);
    parts.push(timeLeft((counts.allBytes - counts.bytes) / bytesPerSecond));
  }
  if (counts.skipped) parts.push(`${counts.skipped.toLocaleString()} other ${counts.skipped === 1 ? 'file' : 'files'} passed over`);
  message.textContent = [...parts, note].filter(Boolean).join(", ");
}

async function send(address, { file, name }, mine) {
  for (;;) {
    if (mine !== round) return;
    try {
      const to = `${address}/files?name=${encodeURIComponent(name)}`;
      const response = await fetch(to, { method: "PUT", body: file });
      if (response.status === 401) return location.reload();
      const { error } = await response.json();
      if (response.ok) break;
      if (![429, 503, 507].includes(response.status)) {
        complain(error.message);
        break;
      }
      show(error.message);
    } catch {
      show("the server does not answer; trying again");
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  counts.done += 1;
  counts.bytes += file.size;
  sent.push([performance.now() / 1000, file.size]);
  show();
}

async function work(address, mine) {
  while (waiting.length && mine === round) await send(address, waiting.shift(), mine);
}

function pass(file) {
  counts.done += 1;
  counts.bytes += file.size;
}

async function add(files) {
  if (!files.length) return;
  const isFirst = !isBusy();
  if (isFirst) counts = { done: 0, all: 0, bytes: 0, allBytes: 0, skipped: counts.skipped, bad: counts.bad };
  const taken = files.filter(({ name }) => !JUNK.test(name) && TAKEN.test(name));
  counts.skipped += files.filter(({ name }) => !JUNK.test(name)).length - taken.length;
  counts.all += taken.length;
  counts.allBytes += taken.reduce((sum, { file }) => sum + file.size, 0);
  stop.hidden = false;
  show();
  try {
    const address = `${box.dataset.api}/${await basketId()}`;
    const { files: there } = await (await fetch(address, { cache: "no-store" })).json();
    for (const one of taken) {
      if (there[one.name] === one.file.size) pass(one.file);
      else waiting.push(one);
    }
    if (!isFirst) return;
    const mine = (round += 1);
    await Promise.all(Array.from({ length: AT_ONCE }, () => work(address, mine)));
    if (mine !== round) return;
    end("all there");
    propose(await (await fetch(address, { cache: "no-store" })).json());
  } catch (error) {
    end(error.message);
  }
}

function end(note) {
  stop.hidden = true;
  waiting = [];
  show(note);
}

// As the page itself words it for pictures that wait.
function propose({ n_proposed: n, n_pictures: all }) {
  const chosen = form.querySelector("[name=dataset][value^=basket]:checked");
  if (!chosen) return;
  const { seconds, few } = form.querySelector("[data-proposed-words]").dataset;
  const time = (images) => {
    const needed = images * seconds;
    return needed < 90 ? `about ${Math.max(1, needed)} s` : `about ${Math.round(needed / 60)} min`;
  };
  const rest = all <= few && n < all ? `; or name all ${all.toLocaleString("en")} in ${time(all)}: see Settings` : ", unless Settings say otherwise";
  chosen.dataset.proposed = `some ${n.toLocaleString("en")} ${n === 1 ? "image" : "images"}, ${time(n)} at the keyboard${rest}`;
  form.dispatchEvent(new Event("change"));
}

function choose(kind) {
  if (form.elements.dataset.value.split(":")[0] === kind) return;
  form.elements.dataset.value = kind;
  form.dispatchEvent(new Event("change"));
}

// What is asked next; a phone would cover half of the page with its keys.
function askForClasses() {
  if (matchMedia("(pointer: fine)").matches) document.querySelector("#classes")?.focus();
}

stop.hidden = true;
stop.addEventListener("click", () => {
  round += 1;
  end("stopped; choose the same again on this page to go on");
});
for (const input of box.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    const files = [...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
    input.value = "";
    choose("basket");
    add(files);
    askForClasses();
  });
}
form.addEventListener("submit", (event) => {
  if (!isBusy()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  message.textContent = "Still uploading: wait for the end, or stop it.";
}, true);

let depth = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const mark = (change) => {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle("dropping", depth > 0);
};
addEventListener("dragenter", (event) => hasFiles(event) && mark(1));
addEventListener("dragleave", (event) => hasFiles(event) && mark(-1));
addEventListener("dragover", (event) => {
  if (hasFiles(event)) event.preventDefault();
});
addEventListener("drop", async (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  mark(0);
  // Entries have to be asked for at once: after the first wait, the drop is over.
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const loose = entries.includes(null) ? [...event.dataTransfer.files] : [];
  const files = loose.map((file) => ({ file, name: file.name }));
  const [first] = event.dataTransfer.files;
  if (event.dataTransfer.files.length === 1 && ARCHIVE.test(first.name)) {
    document.querySelector("input[name=file]").files = event.dataTransfer.files;
    return choose("upload");
  }
  choose("basket");
  for (const entry of loose.length ? [] : entries) await collect(entry, files);
  add(files);
  askForClasses();
});
