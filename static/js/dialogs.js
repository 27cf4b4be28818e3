// htmx brings a <dialog> into #dialog; it is opened here. A link that opens one still works as a page without JavaScript.
const place = document.getElementById("dialog");

function open(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === place) open(place.querySelector("dialog"));
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(document.getElementById(opener.dataset.opens));
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog")?.close();
  }
  if (event.target.matches("dialog.sheet")) event.target.close();
});
place?.addEventListener("close", () => place.replaceChildren(), true);
for (const dialog of document.querySelectorAll("dialog[data-open-at-once]")) open(dialog);
