// What a key press means, or null where it is not for us.

const BROWSER_KEYS = new Set(["control", "meta", "alt", "shift"]);

export function isTyping(event) {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  return target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]") !== null;
}

export function pressed(event) {
  return isTyping(event) ? null : meant(event);
}

// "3", "shift+3", "x", " ", "ArrowLeft", "ctrl+z"; keys with Ctrl, Alt or Meta belong to the browser.
export function meant(event) {
  if (event.isComposing) return null;
  const key = event.key.toLowerCase();
  if (BROWSER_KEYS.has(key) || event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return key === "z" || key === "a" ? `ctrl+${key}` : null;
  if (/^\d$/.test(key)) return key;
  // The digit row gives other characters with Shift, and without it on some keyboards.
  const digit = /^Digit(\d)$/.exec(event.code);
  if (digit && event.key.length === 1) return event.shiftKey ? `shift+${digit[1]}` : digit[1];
  return event.key.length === 1 ? key : event.key;
}

// Space and Enter on a focused button or link are its own.
export function isOnControl(event) {
  return event.target instanceof Element && event.target.closest("button, a, summary") !== null;
}
