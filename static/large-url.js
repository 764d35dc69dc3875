// Where an image is large, by the address of image 0 there; ``listed``: the list that it stands in.

export function largeUrl(first, image, listed = []) {
  const url = new URL(first, location.href);
  url.pathname = url.pathname.replace(/\d+$/, image);
  if (listed.length > 1) url.searchParams.set("of", listed.join(","));
  return url.href;
}
