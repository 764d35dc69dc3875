// Small images out of one file that holds many side by side.

const SVG = "http://www.w3.org/2000/svg";

export function thumb(sprite, place, label) {
  const svg = document.createElementNS(SVG, "svg");
  const { x, width, height, original } = sprite.cells[place];
  svg.setAttribute("class", `${sprite.is_smooth ? "smooth" : "pixels"} thumb`);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  if (original) Object.assign(svg.dataset, { original: original.url, path: original.path, width: original.width, height: original.height });
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  // A room of its own size, so that nothing of its neighbours is seen beside it.
  const room = document.createElementNS(SVG, "svg");
  room.setAttribute("viewBox", `${x} 0 ${width} ${height}`);
  room.setAttribute("width", width);
  room.setAttribute("height", height);
  const image = document.createElementNS(SVG, "image");
  image.setAttribute("href", sprite.url);
  image.setAttribute("width", sprite.total);
  image.setAttribute("height", sprite.tallest);
  image.setAttribute("preserveAspectRatio", "none");
  room.append(image);
  svg.append(room);
  return svg;
}
