// The original of a small picture, over the page: a click on the picture, or Z on the contact sheet.

import { Photo, Stage } from "./stage.js";

const dialog = document.createElement("dialog");
const room = Object.assign(document.createElement("div"), { className: "stage for-photo" });
const name = Object.assign(document.createElement("p"), { className: "small file-name" });
const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
const foot = Object.assign(document.createElement("div"), { className: "row spread-apart" });
dialog.className = "lightbox";
foot.append(name, close);
dialog.append(room, foot);
document.body.append(dialog);
const stage = new Stage(room);
const keys = { z: () => stage.toggle(), "+": () => stage.closer(), "=": () => stage.closer(), "-": () => stage.farther() };

// ``small``: what ``thumb`` draws of a photograph.
export function open(small) {
  const { original: url, path, width, height } = small.dataset;
  const photo = new Photo({ url, width: Number(width), height: Number(height) }, path);
  photo.element.addEventListener("trouble", () => (name.textContent = photo.trouble));
  name.textContent = path;
  dialog.setAttribute("aria-label", path);
  dialog.showModal();
  stage.show(photo.element, photo);
  photo.load(stage.widthOf(photo.original));
}

close.addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
dialog.addEventListener("close", () => room.replaceChildren());
dialog.addEventListener("keydown", (event) => {
  const action = keys[event.key.toLowerCase()];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
});
