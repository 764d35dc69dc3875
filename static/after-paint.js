// What can wait until the next frame is on the screen: a key must be answered by an image first.

const LONGEST_WAIT = 100;

// Runs once the frame is painted and nothing presses; soon in any case, also on a hidden page,
// which is given no frames.
export function afterPaint(action) {
  let waiting = true;
  const run = () => {
    if (waiting) action();
    waiting = false;
  };
  setTimeout(run, LONGEST_WAIT);
  requestAnimationFrame(() => idle(run));
}

function idle(action) {
  if ("requestIdleCallback" in window) requestIdleCallback(action, { timeout: LONGEST_WAIT });
  else setTimeout(action);
}

// A function that runs its action after the next frame, once however often it is called.
export function settling(action) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    afterPaint(() => {
      asked = false;
      action();
    });
  };
}
