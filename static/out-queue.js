// Answers on their way to the server: kept in localStorage until it confirmed them, sent in order.
//
// Each waits under a key of its own, so two tabs never overwrite each other's; both may send one,
// since the server does an operation once however often it comes.

import { afterPaint } from "./after-paint.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
const TIMEOUT = 15000;

export class OutQueue extends EventTarget {
  constructor(run, url) {
    super();
    this.prefix = `labeler:${run}:`;
    this.url = url;
    this.memory = new Map();
    this.last = 0;
    this.pause = FIRST_PAUSE;
    this.state = "idle";
    this.sending = false;
    addEventListener("online", () => this.hurry());
    addEventListener("storage", () => this.changed());
    addEventListener("beforeunload", (event) => {
      if (this.size && ["offline", "full"].includes(this.state)) event.preventDefault();
    });
  }

  get size() {
    return this.keys().length;
  }

  keys() {
    const stored = storage((all) => Object.keys(all).filter((key) => key.startsWith(this.prefix))) ?? [];
    return [...stored, ...this.memory.keys()].sort();
  }

  operations() {
    return this.keys().map((key) => this.read(key)).filter(Boolean);
  }

  add(operation) {
    this.last = Math.max(Date.now(), this.last + 1);
    const key = `${this.prefix}${String(this.last).padStart(15, "0")}:${operation.op_id}`;
    const kept = storage((all) => (all.setItem(key, JSON.stringify(operation)), true));
    // Private windows and full disks refuse; then this tab's memory has to do.
    if (!kept) this.memory.set(key, operation);
    this.changed();
    afterPaint(() => this.send());
  }

  read(key) {
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  remove(key) {
    this.memory.delete(key);
    storage((all) => all.removeItem(key));
  }

  hurry() {
    clearTimeout(this.timer);
    this.send();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    clearTimeout(this.timer);
    try {
      for (let key = this.keys()[0]; key; key = this.keys()[0]) {
        if (!(await this.sendOne(key))) break;
      }
    } finally {
      this.sending = false;
      this.changed();
    }
  }

  // Whether the next one may follow.
  async sendOne(key) {
    const operation = this.read(key);
    if (!operation) {
      this.remove(key);
      return true;
    }
    let response, body;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(operation),
        signal: AbortSignal.timeout(TIMEOUT),
      });
      // The answer counts as recorded only when the whole confirmation is here.
      body = await response.json();
    } catch {
      return this.later("offline");
    }
    if (response.ok && body.op_id === operation.op_id) return this.done(key, operation, body);
    if (response.status === 401) return this.later("login");
    if ([400, 404, 409, 413, 422].includes(response.status)) return this.refused(key, operation, body);
    return this.later(response.status === 507 ? "full" : "offline");
  }

  done(key, operation, body) {
    this.remove(key);
    this.pause = FIRST_PAUSE;
    this.state = "idle";
    this.emit("recorded", { operation, body });
    this.changed();
    return true;
  }

  refused(key, operation, body) {
    this.remove(key);
    this.emit("refused", { operation, error: body.error ?? { code: "unknown", message: "" } });
    return true;
  }

  later(state) {
    this.state = state;
    this.timer = setTimeout(() => this.send(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    return false;
  }

  changed() {
    this.emit("changed", {});
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function storage(action) {
  try {
    return action(localStorage);
  } catch {
    return null;
  }
}

// What an operation is known by, however often it is sent.
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
