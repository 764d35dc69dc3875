// Once something is recorded, the answers are spread again, at most three times a minute.

const PAUSE = 20000;
let spreadAt = 0;
let isAsked = false;

export function spreadSoon(url) {
  if (isAsked) return;
  isAsked = true;
  setTimeout(() => (isAsked = false), PAUSE);
  const wait = Math.max(0, spreadAt + PAUSE - Date.now());
  spreadAt = Date.now() + wait;
  setTimeout(() => fetch(url, { method: "POST" }).catch(() => null), wait);
}
