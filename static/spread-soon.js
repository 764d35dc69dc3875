// Once something is recorded, the answers are spread again, at most three times a minute; by whoever
// leaves before, at once.

const PAUSE = 20_000;
let spreadAt = 0;
let timer = 0;
let address = "";

export function spreadSoon(url) {
  address = url;
  timer ||= setTimeout(spreadNow, Math.max(0, spreadAt + PAUSE - Date.now()));
}

function spreadNow() {
  if (!timer) return;
  clearTimeout(timer);
  timer = 0;
  spreadAt = Date.now();
  fetch(address, { method: "POST", keepalive: true }).catch(() => null);
}

addEventListener("pagehide", spreadNow);
