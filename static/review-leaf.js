// A page of a review that is loaded ahead, with its images decoded; and what the tab remembers of how it is shown.

export async function load(url) {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  const text = await response.text();
  const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-leaf]");
  if (!found) throw new Error("no page");
  await Promise.all([...spritesOf(found)].map(decoded));
  return document.adoptNode(found);
}

export const spritesOf = (section) => new Set([...section.querySelectorAll("image")].map((image) => image.getAttribute("href")));

export function decoded(url) {
  const image = new Image();
  image.src = url;
  return image.decode().catch(() => null);
}

// A browser that keeps nothing shows pages as they are at first.
export function inSession(action) {
  try {
    return action(sessionStorage);
  } catch {
    return null;
  }
}
