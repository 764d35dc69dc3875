// The slider: asks for what each fraction or confidence labels, and shows it at once.

import { largeUrl } from "./large-url.js";
import { getJson } from "./run-state.js";
import { thumb } from "./thumbs.js";

const PAUSE = 90;

const card = document.querySelector("[data-spread]");
const slider = document.querySelector("[data-slider]");
const part = (name) => document.querySelector(`[data-${name}]`);
let timer = null;
let asked = 0;

const percent = (share, digits) => (share === null ? "–" : `${(100 * share).toFixed(digits)} %`);

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function showCounts(counts) {
  const most = Math.max(1, ...Object.values(counts));
  const rows = Object.entries(counts).map(([name, n]) => {
    const bar = element("progress", { max: most, value: n });
    bar.setAttribute("aria-hidden", "true");
    return element("tr", {}, element("th", { scope: "row", textContent: name }), element("td", {}, bar), element("td", { className: "number", textContent: n.toLocaleString("en") }));
  });
  part("counts").replaceChildren(...rows);
}

function showBorderline(spread) {
  const listed = spread.borderline.map(({ image }) => image);
  const items = spread.borderline.map((picture, place) => {
    const link = element("a", { className: "opening", href: largeUrl(card.dataset.large, picture.image, listed) }, thumb(spread.sprite, place, `image ${picture.image}`));
    const item = element("li", {}, link, element("span", { textContent: picture.class_name }));
    item.classList.toggle("wrong", picture.is_right === false);
    return item;
  });
  part("borderline").replaceChildren(...items);
  if (part("marked")) part("marked").hidden = !spread.borderline.some((picture) => picture.is_right === false);
}

async function ask() {
  const number = ++asked;
  const url = `${card.dataset.spread}&${slider.name}=${slider.value}`;
  const reply = await getJson(url).catch((error) => ({ error }));
  if (number !== asked) return;
  // An answer was given meanwhile: its labels are being spread anew, or have to be.
  if (reply.job || reply.error?.status === 409) return slider.form.submit();
  if (reply.error) return;
  part("labeled").textContent = reply.n_labeled.toLocaleString("en");
  if (part("accuracy")) part("accuracy").textContent = percent(reply.label_accuracy, 1);
  showCounts(reply.counts);
  showBorderline(reply);
  card.dataset.shown = slider.value;
}

function slide() {
  part("shown-value").textContent = percent(Number(slider.value), 0);
  part("chosen").value = slider.value;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

slider.addEventListener("input", slide);
slider.form.addEventListener("submit", (event) => event.preventDefault());
// The browser may have kept the slider's place over a reload.
if (Number(part("chosen").value) !== Number(slider.value)) slide();
