// What somebody says of single images, on its way to the server, and the last of it taken back. It is
// kept for the tab, so that it can be taken back on the page of another image, too.

import { newId, OutQueue } from "./out-queue.js";
import { spreadSoon } from "./spread-soon.js";
import { showSync } from "./sync-line.js";

const MOST_KEPT = 200;

export class ImageAnswers {
  constructor({ run, reviews, spread, login }) {
    this.queue = new OutQueue(`image-${run}`, reviews);
    this.key = `said-${run}`;
    this.sync = (line) => showSync(line, this.queue, login);
    this.queue.addEventListener("recorded", () => spreadSoon(spread));
    if (this.queue.size) this.queue.send();
  }

  get said() {
    try {
      return this.own ?? JSON.parse(sessionStorage.getItem(this.key)) ?? [];
    } catch {
      return [];
    }
  }

  // ``classId``: a number, or null where it is not the one shown.
  // ``revision``: the run's when its label was shown, so that nobody else is answered over.
  answer(image, shown, classId, milliseconds, revision = null) {
    const opId = newId();
    this.queue.add({ op_id: opId, kind: "image", image, shown, class_id: classId, duration_ms: Math.round(milliseconds), base_revision: revision });
    this.keep([...this.said, { op_id: opId, image }]);
  }

  // The image of the last answer, which is taken back; null where there is none.
  undo() {
    const said = [...this.said];
    const last = said.pop();
    if (!last) return null;
    this.keep(said);
    this.queue.add({ op_id: newId(), kind: "undo", target: last.op_id });
    return last.image;
  }

  keep(said) {
    this.own = said.slice(-MOST_KEPT);
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.own));
    } catch {
      // A browser that keeps nothing: what was said on this page can be taken back on it.
    }
  }

  afterSending(action) {
    if (!this.queue.size) return action();
    const onRecorded = () => {
      if (this.queue.size) return;
      this.queue.removeEventListener("recorded", onRecorded);
      action();
    };
    this.queue.addEventListener("recorded", onRecorded);
  }

  onRefused(box) {
    this.queue.addEventListener("refused", ({ detail }) => {
      this.keep(this.said.filter(({ op_id }) => op_id !== detail.operation.op_id));
      box().hidden = false;
      box().textContent = `This was not recorded: ${detail.error.message} `;
      const { image } = detail.operation;
      if (image === undefined) return;
      const href = location.pathname.replace(/\/(images\/\d+|review\/odd)$/, `/images/${image}`);
      box().append(Object.assign(document.createElement("a"), { href, textContent: "Look at it" }));
    });
  }
}
