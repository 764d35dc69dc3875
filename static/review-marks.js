// What is marked on a page waits in this tab until it is recorded, whatever page is shown meanwhile.

const MOST_PAGES = 20;
const hasKeys = !matchMedia("(hover: none) and (pointer: coarse)").matches;

export class KeptMarks {
  constructor(run) {
    this.key = `review-pages-${run}`;
  }

  all() {
    return JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
  }

  of(page) {
    return this.all().find(([other]) => other === page)?.[1] ?? [];
  }

  keep(page, marks) {
    const others = this.all().filter(([other]) => other !== page);
    if (marks.length) others.push([page, marks]);
    sessionStorage.setItem(this.key, JSON.stringify(others.slice(-MOST_PAGES)));
  }
}

// What the line on top says of them. The number is for the eye: it changes with each key, and is told elsewhere.
export function openMarks(nMarked, nNamed, isOneByOne, byEnter) {
  if (!nMarked && !nNamed) return null;
  const isNamed = nNamed > 0 && (isOneByOne || !nMarked);
  const ending = byEnter && hasKeys ? "recorded with Enter" : "not recorded yet";
  return {
    shown: isNamed ? `${nNamed} named, ${ending}` : `${nMarked} marked, ${ending}`,
    told: `What is marked or named is ${ending}`,
  };
}

// Closing the tab loses them, a form (another order, another account) too; another page in this tab does not.
// The browser tells of such a page just before it asks whether this one may go.
export function askBeforeLoss(isOpen) {
  let isKept = false;
  globalThis.navigation?.addEventListener("navigate", ({ formData, downloadRequest }) => {
    isKept = !formData && downloadRequest === null;
    setTimeout(() => (isKept = false), 1000);
  });
  addEventListener("beforeunload", (event) => {
    if (isOpen() && !isKept) event.preventDefault();
  });
}
