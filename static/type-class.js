// A class by its name: the first letters leave the classes that begin so, Enter takes the first of
// them, and a name that no class has becomes one.

import { meant } from "./keys.js";

// What goes on as without the field while nothing is typed into it.
const PASSING = new Set([" ", "Enter", "Backspace", "ArrowLeft", "ArrowRight", "ctrl+z", "?", "/"]);
const SPARE = "1234567890";
const finger = matchMedia("(hover: none) and (pointer: coarse)");

export class TypeClass {
  constructor(form, list, buttons, { isKey, answer, add }) {
    Object.assign(this, { form, list, buttons, isKey, answer, add });
    this.field = form.querySelector("input[type=text]");
    this.told = form.querySelector("[data-typed-hint]");
    this.makes = "classes" in form.dataset;
    this.isMany = "many" in form.dataset;
    this.asked = "";
    this.goesOn = this.isMany || "goesOn" in form.dataset;
    form.hidden = false;
    this.field.addEventListener("input", () => this.filter());
    this.field.addEventListener("keydown", (event) => event.key === "Escape" && this.leave());
    this.field.addEventListener("focus", () => (this.goesOn = true));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.take();
    });
  }

  get typed() {
    return this.field.value.trim().toLocaleLowerCase();
  }

  classes() {
    return this.buttons.filter((button) => button.value.startsWith("class:"));
  }

  // A whole name before its beginnings, the beginning of the name before that of another word.
  matches() {
    const { typed } = this;
    const rank = (name) => (name === typed ? 0 : name.startsWith(typed) ? 1 : name.split(/[\s_-]+/).some((word) => word.startsWith(typed)) ? 2 : 3);
    return this.classes().map((button) => [rank(button.dataset.name.toLocaleLowerCase()), button]).filter(([place]) => place < 3)
      .sort(([one], [other]) => one - other).map(([, button]) => button);
  }

  filter() {
    const found = this.matches();
    this.asked = "";
    for (const button of this.classes()) {
      button.hidden = Boolean(this.typed) && !found.includes(button);
      button.classList.toggle("first", Boolean(this.typed) && button === found[0]);
    }
    this.say(this.typed ? (found.length ? `Enter: ${found[0].dataset.name}` : this.unknown()) : "");
  }

  unknown() {
    const name = this.field.value.trim();
    return this.makes && !this.isMany ? `Enter makes the class “${name}”` : `No class begins with “${name}”.`;
  }

  say(text) {
    this.told.textContent = text;
  }

  async take() {
    const name = this.field.value.trim();
    if (!name) return;
    const [first] = this.matches();
    if (first) return this.answer(first);
    if (!this.makes) return;
    // Among many classes, a slip of the finger would make one more.
    if (this.isMany && this.asked !== name) {
      this.asked = name;
      return this.say(`No class begins with “${name}”. Enter once more makes it one.`);
    }
    await this.make(name);
  }

  async make(name) {
    const send = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) };
    try {
      const response = await fetch(this.form.dataset.classes, send);
      const answer = await response.json();
      if (!response.ok) return this.say(answer.error.message);
      const button = this.button(answer.class);
      this.list.append(button);
      this.anotherOne();
      this.add(answer.class, button);
      this.answer(button);
    } catch {
      this.say("The server does not answer, so the class could not be made. Try again.");
    }
  }

  // From the first class on.
  anotherOne() {
    const label = this.form.querySelector("[data-another]");
    if (!label) return;
    label.textContent = label.dataset.another;
    this.form.classList.remove("note", "warn");
    this.form.querySelector("button").classList.remove("primary");
  }

  button({ id, name, key }) {
    const taken = new Set(this.classes().map((one) => one.dataset.key));
    const spare = [...SPARE].find((digit) => !taken.has(`shift+${digit}`));
    const has = key ?? (spare ? `shift+${spare}` : "");
    const button = Object.assign(document.createElement("button"), { name: "answer", value: `class:${id}` });
    Object.assign(button.dataset, { key: has, name });
    const shown = Object.assign(document.createElement("kbd"), { textContent: has.replace("shift+", "⇧ ").toUpperCase() || "·" });
    button.append(shown, Object.assign(document.createElement("span"), { textContent: name }));
    return button;
  }

  // After an answer, by whatever way: the next name can be typed at once, unless by a finger.
  next() {
    this.field.value = "";
    this.filter();
    if (this.goesOn && !finger.matches) this.field.focus({ preventScroll: true });
  }

  open() {
    this.field.focus();
  }

  leave() {
    this.field.value = "";
    this.filter();
    this.goesOn = false;
    this.field.blur();
  }

  // The key for everything else, while the field has the keyboard and is empty.
  passing(event) {
    if (event.target !== this.field || this.field.value) return null;
    const key = meant(event);
    return PASSING.has(key) || (/\d$/.test(key ?? "") && this.isKey(key)) ? key : null;
  }
}
