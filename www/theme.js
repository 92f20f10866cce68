/** The button Theme: light or dark, whatever the system says, and remembered. */

const KEY = "logit-lab-theme";

const button = /** @type {HTMLButtonElement} */ (document.querySelector("#theme"));
const root = document.documentElement;

/** What is shown now. @returns {"light" | "dark"} */
function shown() {
  const { theme } = root.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

button.hidden = false;
button.addEventListener("click", () => {
  const theme = shown() === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Without storage it holds for this visit.
  }
});

export {};
