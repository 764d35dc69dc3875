// A photograph's original, over the page; what shows it is loaded when somebody asks for it.

// ``small``: what ``thumb`` draws of a photograph.
export async function enlarge(small) {
  const { open } = await import("./lightbox.js");
  open(small);
}

document.addEventListener("click", (event) => {
  const small = event.target.closest?.(".thumb[data-original]");
  // On the contact sheet a click selects; in a link, it follows the link.
  if (small && !small.closest(".tile, a, label")) enlarge(small);
});
