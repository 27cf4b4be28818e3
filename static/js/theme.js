// Light or dark: the system's choice until the reader chooses; kept in a cookie, so that the server draws the page right at once.
const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);

function choose(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const age = theme ? 31536000 : 0;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  window.dispatchEvent(new CustomEvent("themechange"));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) choose(isDark() ? "light" : "dark");
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-choice]")) choose(event.target.value);
});
for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  choice.checked = choice.value === (root.dataset.theme ?? "");
}
dark.addEventListener("change", () => window.dispatchEvent(new CustomEvent("themechange")));
