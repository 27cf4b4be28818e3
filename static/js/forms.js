// Forms: <input data-reveals="id"> shows #id while checked; <select data-submits> sends its form; <input data-suggests="id"> fills
// an empty #id from what is typed; buttons show that work goes on.
function reveal(control) {
  const part = document.getElementById(control.dataset.reveals);
  if (!part) return;
  const shown = control.type === "radio" || control.type === "checkbox" ? control.checked : Boolean(control.value);
  part.hidden = !shown;
  for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = !shown;
}

function revealAll(root) {
  for (const control of root.querySelectorAll("[data-reveals]")) reveal(control);
}

document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.type === "radio" && control.name) {
    for (const other of document.getElementsByName(control.name)) if (other.dataset.reveals) reveal(other);
  } else if (control.dataset.reveals) reveal(control);
  if (control.matches("[data-submits]")) control.form.requestSubmit();
});

// as the server would make it: letters and digits, in between hyphens
function slug(text) {
  const plain = text.normalize("NFKD").replace(/[^\w\s-]/g, "").toLowerCase();
  return plain.replace(/[\s-]+/g, "-").slice(0, 60).replace(/^[-_]+|[-_]+$/g, "");
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.dataset.suggested !== undefined && field.value !== field.dataset.suggested) delete field.dataset.suggested;
  const target = field.dataset.suggests && document.getElementById(field.dataset.suggests);
  if (!target || (target.value && target.value !== target.dataset.suggested)) return;
  target.value = target.dataset.suggested = slug(field.value);
});

// the server knows a free path where the suggested one is taken; what was typed by hand stays
function takeFreePath() {
  const hint = document.querySelector("[data-free-path]");
  for (const target of hint ? document.querySelectorAll("[data-suggested]") : []) {
    if (target.value !== hint.dataset.takenPath || target.value !== target.dataset.suggested) continue;
    target.value = target.dataset.suggested = hint.dataset.freePath;
  }
}
document.body.addEventListener("htmx:oobAfterSwap", takeFreePath);

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || !button.matches("[data-busy]")) return;
  button.setAttribute("aria-busy", "true");
  button.querySelector("[data-spinner]")?.removeAttribute("hidden");
  setTimeout(() => (button.disabled = true)); // after the form has taken the button's own value
});

// the browser's back button must not bring back a button that still spins
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    button.querySelector("[data-spinner]")?.setAttribute("hidden", "");
  }
});

document.body.addEventListener("htmx:load", (event) => revealAll(event.target));
revealAll(document);

// the browser's own time zone, where a form asks for it
for (const field of document.querySelectorAll("[data-time-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
