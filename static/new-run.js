// Shows only the fields that the chosen images and answerer need.

const form = document.querySelector("[data-new-run]");
const OWN = ["upload", "path", "basket"];

function refresh() {
  const kind = form.elements.dataset.value.split(":")[0];
  const chosen = [kind, form.elements.answerer.value];
  for (const field of form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").some((name) => chosen.includes(name));
    if (field.control) field.control.disabled = field.hidden;
  }
  const actions = form.querySelector("[data-actions]");
  if (!actions) return;
  const isOwn = OWN.includes(kind);
  actions.classList.toggle("own-images", isOwn);
  actions.querySelector("[data-look]").classList.toggle("primary", isOwn);
  actions.querySelector("[data-begin]").classList.toggle("primary", !isOwn);
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
refresh();
