// The picture in question: fitted to its room, and closer with Z, a click, the wheel, two fingers,
// + or -. What is closer is dragged to and fro.

const CLOSEST = 8;
const STEP = 1.4;
const CLICK = 5;
// What is shown in more than this share of its own width is shown as it is.
const FITTED = 0.7;
// How much larger a room may become before its picture is drawn from all pixels.
const LARGER = 1.2;

// A photograph: its small rendition at once, and over it the original as soon as that is here. One
// that is larger than its room is drawn from it at the size of that room, which is painted far faster
// than millions of pixels; these come when one goes closer.
export class Photo {
  constructor(original, alt, rendition = null) {
    this.original = original;
    this.alt = alt;
    this.element = Object.assign(document.createElement("div"), { className: "photo" });
    this.element.dataset.url = original.url;
    this.small = rendition && Object.assign(new Image(), { src: rendition, alt: "", draggable: false });
    const { width, height } = original;
    this.large = Object.assign(new Image(), { width, height, className: "large", alt, draggable: false });
    this.cut = new AbortController();
    this.fittedTo = Infinity;
    this.element.append(...[this.small, this.large].filter(Boolean));
  }

  // Loaded and decoded, so that it can be painted at once; ``pixels`` is the width that it is shown in.
  load(pixels) {
    this.loaded ??= this.decode(pixels).catch(() => this.isLeft || this.explain());
    return this.loaded;
  }

  async decode(pixels) {
    this.small?.decode().catch(() => {});
    const { width, height } = this.original;
    if (pixels > FITTED * width) return this.sharpen();
    const reply = await fetch(this.original.url, { signal: this.cut.signal });
    const size = { resizeWidth: Math.ceil(pixels), resizeHeight: Math.ceil((pixels * height) / width) };
    const bitmap = await createImageBitmap(await reply.blob(), { ...size, resizeQuality: "high" });
    const fitted = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    fitted.setAttribute("role", "img");
    fitted.setAttribute("aria-label", this.alt);
    // Not handed over: that would forget which way up the camera was.
    fitted.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    this.large.before(fitted);
    this.fittedTo = fitted.width;
    this.element.classList.add("here");
  }

  // All of its own pixels.
  sharpen() {
    this.sharpened ??= this.own();
    return this.sharpened;
  }

  async own() {
    if (!this.large.src) this.large.src = this.original.url;
    await this.large.decode();
    this.element.classList.add("here", "sharp");
  }

  // Nobody waits for it any more: what is on its way gives way to others.
  leave() {
    if (this.element.classList.contains("here")) return;
    this.isLeft = true;
    this.cut.abort();
    this.large.removeAttribute("src");
  }

  async explain() {
    const words = await fetch(this.original.url).then((reply) => (reply.ok ? "" : reply.text()), () => "");
    this.trouble = words || "The original cannot be shown; this is the small picture.";
    this.large.remove();
    this.element.dispatchEvent(new Event("trouble"));
  }
}

// How far into a photograph one looks, and where.
export class Stage {
  constructor(box) {
    this.box = box;
    this.photo = null;
    this.pointers = new Map();
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("pointerdown", (event) => this.down(event));
    box.addEventListener("pointermove", (event) => this.moved(event));
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, (event) => this.up(event));
    new ResizeObserver(() => this.resized()).observe(box);
  }

  show(element, photo = null) {
    this.photo = photo;
    this.box.classList.toggle("for-photo", photo !== null);
    this.box.replaceChildren(element);
    if (photo) this.fit();
  }

  get whole() {
    return this.wholeOf(this.photo.original);
  }

  // Pixels of the screen that the whole of a picture is wide.
  widthOf(original) {
    return original.width * this.wholeOf(original) * devicePixelRatio;
  }

  // CSS pixels for each of the original's, where the whole picture is shown.
  wholeOf({ width, height }) {
    const room = Math.min(this.box.clientWidth / width, this.box.clientHeight / height);
    // What is smaller than a stamp is enlarged, smoothly.
    return Math.min(room, Math.max(1, 400 / Math.max(width, height)));
  }

  // What is looked at closely stays where it is, as when a phone shows or hides its address bar.
  resized() {
    if (this.photo && this.isCloser && this.box.classList.contains("closer")) this.draw();
    else this.fit();
  }

  fit() {
    if (!this.photo) return;
    this.scale = this.whole;
    this.x = this.y = 0;
    this.draw();
  }

  draw() {
    const { width, height } = this.photo.original;
    const [w, h] = [width * this.scale, height * this.scale];
    const [spareX, spareY] = [Math.max(0, w - this.box.clientWidth) / 2, Math.max(0, h - this.box.clientHeight) / 2];
    this.x = Math.min(spareX, Math.max(-spareX, this.x));
    this.y = Math.min(spareY, Math.max(-spareY, this.y));
    const { style } = this.photo.element;
    style.width = `${w}px`;
    style.height = `${h}px`;
    style.transform = `translate(-50%, -50%) translate(${this.x}px, ${this.y}px)`;
    this.box.classList.toggle("closer", this.isCloser);
    this.photo.element.classList.toggle("single-pixels", this.scale > 2 && this.isCloser);
    const isFine = !this.isCloser && w * devicePixelRatio < LARGER * this.photo.fittedTo;
    if (!isFine) this.photo.sharpen().catch(() => {});
  }

  get isCloser() {
    return this.scale > this.whole * 1.001;
  }

  // Closer by ``factor`` about a point of the page; the middle, if none is given.
  zoom(factor, at = null) {
    if (!this.photo) return;
    const box = this.box.getBoundingClientRect();
    const [px, py] = at ? [at.x - box.x - box.width / 2, at.y - box.y - box.height / 2] : [0, 0];
    const before = this.scale;
    this.scale = Math.min(Math.max(this.whole, CLOSEST), Math.max(this.whole, before * factor));
    const by = this.scale / before;
    this.x = px - (px - this.x) * by;
    this.y = py - (py - this.y) * by;
    this.draw();
  }

  closer() {
    this.zoom(STEP);
  }

  farther() {
    this.zoom(1 / STEP);
  }

  // Between the whole picture and its own pixels; of one that is smaller than its room, twice them.
  toggle(at = null) {
    if (!this.photo) return;
    if (this.isCloser) return this.fit();
    const own = this.whole < 0.999 ? 1 : this.whole * 2;
    this.zoom(own / this.scale, at);
  }

  wheel(event) {
    // Over the whole picture, the page scrolls as ever unless Ctrl, a pinch or the wheel goes closer.
    if (!this.photo || (!this.isCloser && event.deltaY > 0 && !event.ctrlKey)) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), event);
  }

  down(event) {
    if (!this.photo || event.button) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.travelled = this.pointers.size > 1 ? CLICK : 0;
    this.box.setPointerCapture(event.pointerId);
  }

  moved(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.photo) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    this.pointers.set(event.pointerId, now);
    this.travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (other) {
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      const apart = (at) => Math.max(1, Math.hypot(at.x - other.x, at.y - other.y));
      this.zoom(apart(now) / apart(before), middle);
    } else if (this.isCloser) {
      this.x += now.x - before.x;
      this.y += now.y - before.y;
      this.draw();
    }
  }

  up(event) {
    const was = this.pointers.delete(event.pointerId);
    if (was && event.type === "pointerup" && this.photo && this.travelled < CLICK) this.toggle(event);
  }
}
