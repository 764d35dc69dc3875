// One run as this browser sees it: what the server recorded, and on top what is still on its way.

import { newId } from "./out-queue.js";

const CHOOSING_PAUSE = 500;
const VERDICTS = { skip: "skipped", mixed: "mixed", none: "none of these" };

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class RunState extends EventTarget {
  constructor(page, queue) {
    super();
    this.urls = page.dataset;
    this.queue = queue;
    this.questions = [];
    this.log = [];
    this.durations = [];
    queue.addEventListener("recorded", ({ detail }) => this.recorded(detail));
    queue.addEventListener("refused", ({ detail }) => this.refused(detail));
  }

  async load() {
    const [asked, done] = await Promise.all([getJson(this.urls.questions), getJson(this.urls.operations)]);
    Object.assign(this, { questions: asked.questions, classes: asked.classes, image: asked.image, me: asked.annotator });
    this.revision = done.revision;
    this.take(asked);
    this.log = done.operations.map((operation) => ({ ...operation, mine: operation.annotator === this.me }));
    for (const operation of this.queue.operations()) this.apply(operation);
    this.index();
    this.emit("changed");
  }

  take(asked) {
    this.progress = asked.progress;
    this.choosing = asked.choosing;
    this.secondsLeft = asked.progress.seconds_left;
  }

  // The whole budget: questions that are here and those still to be chosen.
  get total() {
    return Math.max(this.progress.n_total, this.asked);
  }

  // Questions that are here; images whose answer was imported are none.
  get asked() {
    return this.questions.length - this.progress.n_imported;
  }

  get moreToCome() {
    return this.total > this.asked;
  }

  // Takes up questions that were chosen meanwhile; what was answered here stays untouched.
  async lookForMore() {
    const asked = await getJson(this.urls.questions);
    this.take(asked);
    const known = new Set(this.questions.map((question) => question.id));
    const fresh = asked.questions.filter((question) => !known.has(question.id));
    if (!fresh.length) return false;
    this.questions = [...this.questions, ...fresh];
    // Somebody else may have begun to answer them.
    if (fresh.some((question) => question.op_id)) this.stale = true;
    this.emit("changed");
    return true;
  }

  // An answer asks for the next questions by itself; where that did not happen, we do.
  askAhead() {
    return fetch(this.urls.choosingUrl, { method: "POST" });
  }

  // Looks again and again while few questions are open and more are to come.
  async followChoosing() {
    if (this.following) return;
    this.following = true;
    while (this.moreToCome && this.open.length <= this.progress.n_ahead) {
      const [hasMore] = await Promise.all([this.lookForMore().catch(() => false), pause(CHOOSING_PAUSE)]);
      if (!hasMore && this.moreToCome) this.emit("waiting");
      if (!hasMore && this.moreToCome && !this.choosing) await this.askAhead().catch(() => null);
    }
    this.following = false;
  }

  // Takes one of our own operations as done, before the server knows of it.
  apply(operation) {
    if (this.log.some((logged) => logged.op_id === operation.op_id)) return;
    if (operation.kind === "undo") {
      const undone = this.log.find((logged) => logged.op_id === operation.target);
      if (undone) undone.undone = true;
    } else {
      this.log.push({ ...operation, mine: true, annotator: this.me });
    }
  }

  index() {
    this.standing = new Map();
    for (const operation of this.log) {
      if (operation.undone) continue;
      for (const answer of operation.answers) {
        this.standing.set(answer.question_id, { ...answer, op_id: operation.op_id, annotator: operation.annotator });
      }
    }
  }

  current(question) {
    return this.standing.get(question.id) ?? null;
  }

  isOpen(question) {
    return !this.standing.has(question.id);
  }

  get open() {
    return this.questions.filter((question) => this.isOpen(question));
  }

  // The class that an answer counts for, merges resolved.
  classOf(answer) {
    let label = this.classes.find(({ id }) => id === answer?.class_id);
    while (label?.merged_into != null) {
      const into = label.merged_into;
      label = this.classes.find(({ id }) => id === into);
    }
    return label ?? null;
  }

  answer(questionIds, verdict, classId, milliseconds) {
    const expected = {};
    for (const id of questionIds) expected[id] = this.standing.get(id)?.op_id ?? null;
    this.submit({
      op_id: newId(),
      kind: "answer",
      answers: questionIds.map((id) => ({ question_id: id, verdict, class_id: classId })),
      expected,
      duration_ms: Math.round(milliseconds),
    });
    this.durations.push(milliseconds / questionIds.length);
  }

  // Takes back our newest operation that stands; returns the ids of its questions.
  undo() {
    const target = this.log.findLast((operation) => operation.mine && !operation.undone);
    if (!target) return [];
    this.submit({ op_id: newId(), kind: "undo", target: target.op_id });
    return target.answers.map((answer) => answer.question_id);
  }

  submit(operation) {
    this.apply(operation);
    this.index();
    this.queue.add(operation);
    this.emit("changed");
  }

  recorded({ body }) {
    const isNext = body.revision === this.revision + 1;
    this.revision = Math.max(this.revision, body.revision);
    // Somebody else answered, too: look again once our own are through.
    if (!isNext && !body.is_replay) this.stale = true;
    if (this.stale && !this.queue.size) this.reload();
  }

  refused(detail) {
    this.emit("refused", detail);
    this.reload();
  }

  async reload() {
    this.stale = false;
    try {
      await this.load();
      this.followChoosing();
    } catch {
      this.stale = true;
    }
  }

  get timeLeft() {
    const recent = this.durations.filter((ms) => ms < 60000).slice(-30).sort((a, b) => a - b);
    const left = this.open.length + this.total - this.asked;
    if (!left) return null;
    if (recent.length < 3) return this.secondsLeft ?? null;
    return (recent[Math.floor(recent.length / 2)] / 1000) * left;
  }

  emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export async function getJson(url) {
  const response = await fetch(url, { cache: "no-store", headers: { Accept: "application/json" } });
  if (!response.ok) throw Object.assign(new Error(`${response.status} ${url}`), { status: response.status });
  return response.json();
}

export function verdictName(state, answer) {
  if (answer?.verdict === "class") return state.classOf(answer)?.name ?? "";
  return VERDICTS[answer?.verdict] ?? "";
}

export function duration(seconds) {
  return seconds >= 90 ? `about ${Math.round(seconds / 60)} min left` : `about ${Math.max(1, Math.round(seconds))} s left`;
}
