// What is marked on a page waits in this browser until it is recorded, whatever page or tab is shown meanwhile.

const MOST_PAGES = 20;
const hasKeys = !matchMedia("(hover: none) and (pointer: coarse)").matches;

// Entries are [page, marks, class shown, order, whether it was handed in]; a mark is [image, marked, said, named].
export class KeptMarks {
  constructor(run) {
    this.key = `review-pages-${run}`;
  }

  all() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? [];
    } catch {
      return [];
    }
  }

  entry(leaf) {
    return this.all().find(([page]) => page === pageOf(leaf));
  }

  isHandedIn(leaf) {
    return Boolean(this.entry(leaf)?.[4]);
  }

  // Those of the page; where it has none, what waits of its images since they stood in another order.
  of(leaf, images) {
    return this.entry(leaf)?.[1] ?? this.all().flatMap((entry) => carried(entry, leaf)).filter(([image]) => images.includes(image));
  }

  keep(leaf, marks, isHandedIn = false) {
    const images = marks.map(([image]) => image);
    const others = this.all().filter(([page]) => page !== pageOf(leaf)).map((entry) => without(entry, leaf, images));
    if (marks.length) others.push([pageOf(leaf), marks, leaf.shown, leaf.queue, isHandedIn]);
    this.write(others.filter(([, left]) => left.length));
  }

  refused(operation) {
    const page = pageOf(operation);
    this.write(this.all().map((entry) => (entry[0] === page ? [...entry.slice(0, 4), false] : entry)));
  }

  write(entries) {
    try {
      localStorage.setItem(this.key, JSON.stringify(entries.slice(-MOST_PAGES)));
    } catch {
      // A browser that keeps nothing: the page itself has to do.
    }
  }

  // Whatever another tab keeps of the page that is shown here.
  onChange(action) {
    addEventListener("storage", ({ key }) => key === this.key && action());
  }
}

const pageOf = ({ queue, page }) => `${queue}/${page}`;

export function marksOf(tiles) {
  const chosen = tiles.filter((tile) => tile.querySelector("input").checked || "seen" in tile.dataset);
  return chosen.map((tile) => [tile.dataset.image, tile.querySelector("input").checked, tile.dataset.said ?? "", "seen" in tile.dataset]);
}

// What was said of an image holds beside another label, too; that it is "not this" does only beside the same.
function carried([, marks, shown, order, isHandedIn], leaf) {
  if (isHandedIn || order === leaf.queue) return [];
  if (shown === leaf.shown) return marks;
  const named = marks.map(([image, isMarked, said, isSeen]) => [image, isMarked ? said : shown, isSeen]).filter(([, said]) => said);
  return named.map(([image, said, isSeen]) => [image, said !== leaf.shown, said === leaf.shown ? "" : said, isSeen]);
}

function without([page, marks, shown, order, isHandedIn], leaf, images) {
  const left = order === leaf.queue || isHandedIn ? marks : marks.filter(([image]) => !images.includes(image));
  return [page, left, shown, order, isHandedIn];
}

// What the line on top says of them. The number is for the eye: it changes with each key, and is told elsewhere.
export function openMarks(nMarked, nNamed, isOneByOne, byEnter) {
  if (!nMarked && !nNamed) return null;
  const isNamed = nNamed > 0 && (isOneByOne || !nMarked);
  const ending = byEnter && hasKeys ? "recorded with Enter" : "not recorded yet";
  const shown = isNamed ? `${nNamed} named, ${ending}` : `${nMarked} marked, ${ending}`;
  return (line) => write(line, shown, `What is marked or named is ${ending}`);
}

function write(line, shown, told) {
  if (line.querySelector(".hidden-text")?.textContent !== told) {
    const [eye, ear] = [document.createElement("span"), document.createElement("span")];
    eye.ariaHidden = "true";
    ear.className = "hidden-text";
    ear.textContent = told;
    line.replaceChildren(eye, ear);
  }
  line.firstElementChild.textContent = shown;
}
