// A rectangle drawn with the mouse, over tiles that it touches; a finger scrolls instead.

const DRAG_FROM = 6;

// Follows one press inside the grid; `touch` is given the tiles that the rectangle lies on.
export function lasso(grid, press, tiles, touch) {
  if (press.pointerType !== "mouse" || press.button !== 0) return;
  const frame = grid.getBoundingClientRect();
  const from = { x: press.clientX - frame.left, y: press.clientY - frame.top };
  let shown = null;
  const move = (moved) => {
    const now = grid.getBoundingClientRect();
    const to = { x: moved.clientX - now.left, y: moved.clientY - now.top };
    if (!shown && Math.hypot(to.x - from.x, to.y - from.y) < DRAG_FROM) return;
    shown ??= grid.appendChild(Object.assign(document.createElement("div"), { className: "lasso" }));
    const area = { left: Math.min(from.x, to.x), top: Math.min(from.y, to.y), right: Math.max(from.x, to.x), bottom: Math.max(from.y, to.y) };
    Object.assign(shown.style, { left: `${area.left}px`, top: `${area.top}px`, width: `${area.right - area.left}px`, height: `${area.bottom - area.top}px` });
    touch(new Set(tiles().filter((tile) => tile.offsetLeft < area.right && tile.offsetLeft + tile.offsetWidth > area.left && tile.offsetTop < area.bottom && tile.offsetTop + tile.offsetHeight > area.top)));
  };
  const end = () => {
    removeEventListener("pointermove", move);
    if (!shown) return;
    shown.remove();
    // The click that ends a drag is not one on a tile.
    grid.addEventListener("click", (click) => { click.preventDefault(); click.stopPropagation(); }, { capture: true, once: true });
    setTimeout(() => grid.dispatchEvent(new MouseEvent("click")), 0);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end, { once: true });
}
