// The export form: counts the rows that are left as the filters change.

const PAUSE = 200;

const form = document.querySelector("form[data-count]");
const part = (name) => form.querySelector(`[data-${name}]`);
const number = (value) => value.toLocaleString("en");
let timer = null;
let asked = 0;

const chosen = () => form.querySelector('input[name="format"]:checked');

function showFormat() {
  part("title").textContent = chosen().dataset.called;
  part("images-choice").hidden = chosen().dataset.images !== "optional";
  for (const name of ["files-choice", "missing-choice"]) {
    if (part(name)) part(name).hidden = chosen().dataset.images === "never";
  }
  // Several files are a zip as they are, and their manifest is in it.
  part("zip").hidden = !("single" in chosen().dataset);
  part("raw-choice").hidden = !("csv" in chosen().dataset);
  if (part("test-choice")) part("test-choice").hidden = chosen().dataset.heldOut === "never";
}

// Where it changes what lies where, what is held out is only in the set on demand.
function chooseTest() {
  const box = form.querySelector('input[name="test"][type="checkbox"]');
  if (box) box.checked = chosen().dataset.heldOut === "usual";
}

function showCount(count) {
  part("rows").textContent = number(count.n_rows);
  part("rows-word").textContent = count.n_rows === 1 ? "row" : "rows";
  part("validation").textContent = count.n_validation ? `, ${number(count.n_validation)} of them to validate on` : "";
  part("test").textContent = count.n_test ? `, ${number(count.n_test)} of them held out to test on` : "";
  part("left-out").textContent = count.left_out_in_words;
  part("one-sided").textContent = count.one_sided_in_words;
  part("spread").textContent = `${count.spread[0].toUpperCase()}${count.spread.slice(1)}.`;
  part("loads").textContent = count.loading;
  for (const shown of form.querySelectorAll("[data-class]")) {
    shown.textContent = number(count.by_class[shown.dataset.class] ?? 0);
  }
  for (const shown of form.querySelectorAll("[data-source]")) {
    shown.textContent = number(count.by_source[shown.dataset.source]);
  }
  part("large").hidden = !count.is_large;
}

function showProblem(message) {
  part("problem").hidden = !message;
  part("problem").textContent = message;
  for (const button of form.querySelectorAll("button")) button.disabled = Boolean(message);
}

async function ask() {
  const turn = ++asked;
  const query = new URLSearchParams(new FormData(form));
  const response = await fetch(`${form.dataset.count}?${query}`, { cache: "no-store" }).catch(() => null);
  const body = response && (await response.json().catch(() => null));
  if (turn !== asked || !body) return;
  if (response.ok) showCount(body);
  showProblem(response.ok ? "" : body.error.message);
}

function change() {
  showFormat();
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

form.addEventListener("input", (event) => {
  if (event.target.name === "format") chooseTest();
  change();
});
// The browser may have kept what was chosen over a reload.
change();
