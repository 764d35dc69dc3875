// Pictures dropped anywhere on the page are named as those that were chosen.

const form = document.querySelector("[data-drop]");

if (form) {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-status]");
  form.addEventListener("submit", (event) => {
    const files = [...input.files];
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (files.length > form.dataset.most || bytes > form.dataset.bytes) {
      event.preventDefault();
      status.textContent = form.dataset.tooMuch;
      return;
    }
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
