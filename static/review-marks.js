// What is marked on a page waits in this browser until it is recorded, whatever page or tab is shown meanwhile.

const MOST_PAGES = 20;
const hasKeys = !matchMedia("(hover: none) and (pointer: coarse)").matches;

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

  of(page) {
    return this.all().find(([other]) => other === page)?.[1] ?? [];
  }

  keep(page, marks) {
    const others = this.all().filter(([other]) => other !== page);
    if (marks.length) others.push([page, marks]);
    try {
      localStorage.setItem(this.key, JSON.stringify(others.slice(-MOST_PAGES)));
    } catch {
      // A browser that keeps nothing: the page itself has to do.
    }
  }
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
