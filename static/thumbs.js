// Small images out of one file that holds many side by side.

const SVG = "http://www.w3.org/2000/svg";

export function thumb(sprite, place, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "pixels thumb");
  svg.setAttribute("viewBox", `${place * sprite.width} 0 ${sprite.width} ${sprite.height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const image = document.createElementNS(SVG, "image");
  image.setAttribute("href", sprite.url);
  image.setAttribute("width", sprite.width * sprite.count);
  image.setAttribute("height", sprite.height);
  image.setAttribute("preserveAspectRatio", "none");
  svg.append(image);
  return svg;
}
