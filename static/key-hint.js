// The three keys that matter, until they were used; after that they are not told again.

const PLACE = "labeler:keys-used";
const ENOUGH = 10;

export class KeyHint {
  constructor(line) {
    this.line = line;
    this.used = this.read();
    this.draw();
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(PLACE)) ?? {};
    } catch {
      return {};
    }
  }

  get parts() {
    return [...this.line.querySelectorAll("[data-hint]")];
  }

  use(name) {
    if (this.line.hidden) return;
    this.used[name] = (this.used[name] ?? 0) + 1;
    try {
      localStorage.setItem(PLACE, JSON.stringify(this.used));
    } catch {
      // Then it is told once more in the next tab.
    }
    this.draw();
  }

  draw() {
    for (const part of this.parts) part.hidden = Boolean(this.used[part.dataset.hint]);
    this.line.hidden = this.used.name >= ENOUGH || this.parts.every((part) => part.hidden);
  }
}
