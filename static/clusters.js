// The map: which image a dot is, on hover, on a tap, or by the arrow keys; and the colours of all.

import { largeUrl } from "./large-url.js";

const box = document.querySelector("[data-map]");
const part = (name) => box.querySelector(`[data-${name}]`);
const plane = part("plane");
const dots = [...plane.querySelectorAll("circle")];
const at = new Map(dots.map((dot) => [dot, { x: Number(dot.getAttribute("cx")), y: Number(dot.getAttribute("cy")) }]));
const names = JSON.parse(part("places").content.textContent);
const REACH = 14;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let current = null;

function show(dot) {
  if (!dot || dot === current) return;
  current?.classList.remove("current");
  current = dot;
  dot.classList.add("current");
  dot.parentNode.append(dot);
  const number = dot.dataset.n;
  part("shown").hidden = false;
  part("hint").hidden = true;
  part("picture").src = box.dataset.image.replace("/0.", `/${number}.`);
  part("picture").alt = `Image ${number}`;
  const link = Object.assign(document.createElement("a"), { href: `#cluster-${names[dot.dataset.p]}`, textContent: `cluster ${names[dot.dataset.p]}` });
  const target = document.getElementById(`cluster-${names[dot.dataset.p]}`);
  part("caption").replaceChildren(`Image ${number}, `, target ? link : link.textContent);
  if (!box.dataset.large) return;
  const large = Object.assign(document.createElement("a"), { href: largeUrl(box.dataset.large, number), textContent: "Open large" });
  part("caption").append(" · ", large);
}

function colour(by) {
  for (const dot of dots) dot.setAttribute("class", `c${dot.dataset[by]}${dot === current ? " current" : ""}`);
  box.dataset.colouring = by;
}

function nearest(event) {
  const frame = plane.querySelector("svg").getBoundingClientRect();
  const scale = 640 / frame.width;
  const x = (event.clientX - frame.left) * scale;
  const y = (event.clientY - frame.top) * scale;
  const far = (dot) => Math.hypot(at.get(dot).x - x, at.get(dot).y - y);
  const best = dots.reduce((nearer, dot) => (far(dot) < far(nearer) ? dot : nearer));
  return far(best) <= REACH * Math.max(1, scale) ? best : null;
}

// The nearest dot that lies more in that direction than beside it.
function next(key) {
  const [dx, dy] = STEPS[key];
  const from = at.get(current);
  let best = null;
  let least = Infinity;
  for (const dot of dots) {
    const x = at.get(dot).x - from.x;
    const y = at.get(dot).y - from.y;
    const along = x * dx + y * dy;
    const beside = Math.abs(x * dy) + Math.abs(y * dx);
    if (dot !== current && along > 0 && along >= beside && along + 2 * beside < least) {
      least = along + 2 * beside;
      best = dot;
    }
  }
  return best;
}

plane.addEventListener("pointermove", (event) => event.pointerType === "mouse" && show(nearest(event)));
plane.addEventListener("click", (event) => show(nearest(event)));
plane.addEventListener("focus", () => show(current ?? dots[0]));
plane.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && current && box.dataset.large) location.assign(largeUrl(box.dataset.large, current.dataset.n));
  if (!(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  show(current ? next(event.key) : dots[0]);
});
part("colours").addEventListener("change", (event) => colour(event.target.value));
colour(part("colours").elements.colour.value ?? box.dataset.colouring);

const merge = document.querySelector("[data-merge]");
if (merge) {
  const boxes = [...document.querySelectorAll("input[name=cluster][form=merge]")];
  const count = () => {
    const n = boxes.filter((input) => input.checked).length;
    merge.textContent = n ? `Merge ${n} selected` : "Merge the selected";
    merge.disabled = n < 2;
  };
  for (const input of boxes) input.addEventListener("change", count);
  count();
}
box.dataset.ready = "yes";

// On a phone, what can be done with a cluster is folded, but where it has to be split.
const phone = matchMedia("(max-width: 40rem)");

function fold() {
  for (const acts of document.querySelectorAll("details.cluster-acts")) acts.open = !phone.matches || Boolean(acts.querySelector("button.primary"));
}

phone.addEventListener("change", fold);
fold();
