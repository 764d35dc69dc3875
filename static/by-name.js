// Where there are more classes than keys: "/", first letters and Enter press the class that begins so.

import { pressed } from "./keys.js";

const buttons = () => [...document.querySelectorAll("button[data-key][data-name]")].filter((button) => !button.hidden);

function beginning(typed) {
  const nameOf = (button) => button.dataset.name.toLocaleLowerCase();
  const begins = buttons().filter((button) => nameOf(button).startsWith(typed));
  return begins.find((button) => nameOf(button) === typed) ?? begins[0];
}

// `take` gets the button that is meant, `leave` says that typing is over.
export function pressByName(take, leave) {
  document.addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-by-name]");
    if (field && pressed(event) === "/") {
      event.preventDefault();
      return field.focus();
    }
    if (!field || event.target !== field) return;
    field.setCustomValidity("");
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    const typed = field.value.trim().toLocaleLowerCase();
    const chosen = event.key === "Enter" && typed ? beginning(typed) : null;
    if (chosen === undefined) {
      field.setCustomValidity(`No class begins with “${field.value.trim()}”.`);
      return void field.reportValidity();
    }
    field.value = "";
    field.blur();
    leave?.();
    if (chosen) take(chosen);
  });
}
