// Pictures dropped anywhere on the page are named as those that were chosen.

const form = document.querySelector("[data-drop]");

if (form) {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-status]");
  form.addEventListener("submit", () => {
    status.textContent = "Naming them; this takes some seconds.";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
