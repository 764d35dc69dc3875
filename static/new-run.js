// Shows only the fields that the chosen images and answerer need.

const form = document.querySelector("[data-new-run]");
const asked = form.querySelector("[data-proposed-words]");
const askedOfAny = asked?.textContent;

function refresh() {
  const kind = form.elements.dataset.value.split(":")[0];
  const chosen = [kind, form.elements.answerer.value];
  for (const field of form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").some((name) => chosen.includes(name));
    if (field.control) field.control.disabled = field.hidden;
  }
  if (asked) asked.textContent = form.querySelector("[name=dataset]:checked")?.dataset.proposed ?? askedOfAny;
}

// Classes are typed one after the other; what the form sends is still a line for each.
function asChips(box) {
  const lines = box.querySelector("textarea");
  const list = Object.assign(document.createElement("ul"), { className: "chips" });
  const input = Object.assign(document.createElement("input"), { type: "text", maxLength: 200, autocomplete: "off" });
  input.setAttribute("aria-describedby", "classes-hint");
  const names = () => lines.value.split("\n").map((name) => name.trim()).filter(Boolean);
  const keep = (all) => {
    lines.value = [...new Set(all)].join("\n");
    list.replaceChildren(...names().map(chip));
  };
  const chip = (name) => {
    const item = Object.assign(document.createElement("li"), { textContent: name });
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${name}`);
    remove.addEventListener("click", () => {
      keep(names().filter((other) => other !== name));
      input.focus();
    });
    item.append(remove);
    return item;
  };
  const take = () => {
    keep([...names(), ...input.value.split(/[\n,;]/).map((name) => name.trim()).filter(Boolean)]);
    input.value = "";
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && input.value.trim()) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && !input.value) keep(names().slice(0, -1));
  });
  input.addEventListener("change", take);
  input.placeholder = "Name a class, then Enter";
  lines.hidden = true;
  input.id = lines.id;
  lines.removeAttribute("id");
  lines.before(list, input);
  keep(names());
}

form.addEventListener("change", (event) => {
  if (event.target.name === "file" && event.target.files.length) {
    form.elements.dataset.value = "upload";
  }
  refresh();
});
form.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const isUpload = form.elements.dataset.value === "upload";
  for (const button of form.querySelectorAll("button:not([type])")) {
    button.setAttribute("aria-disabled", "true");
  }
  if (event.submitter) event.submitter.textContent = isUpload ? "Uploading…" : "One moment…";
});
asChips(form.querySelector("[data-classes]"));
refresh();
