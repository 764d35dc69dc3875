// Shows only the fields that the chosen images and answerer need.

const form = document.querySelector("[data-new-run]");

function refresh() {
  const chosen = [form.elements.dataset.value.split(":")[0], form.elements.answerer.value];
  for (const field of form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").some((kind) => chosen.includes(kind));
    if (field.control) field.control.disabled = field.hidden;
  }
}

form.addEventListener("change", (event) => {
  if (event.target.name === "file" && event.target.files.length) {
    form.elements.dataset.value = "upload";
  }
  refresh();
});
form.addEventListener("submit", () => {
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.elements.dataset.value === "upload" ? "Uploading…" : "Beginning…";
  }
});
refresh();
