// "The close is on its way": a notice with data-closing="<position id>" ends when the page no longer lists that position, which the
// live stream has it find out, or when a close of the person's has failed (the toast says so).
const ENDED = ["failed", "skipped"];

function notices() {
  return document.querySelectorAll("[data-closing]");
}

export function settleClosing() {
  for (const notice of notices()) {
    if (document.querySelector(`[data-position="${notice.dataset.closing}"]`)) continue;
    notice.querySelector("p").textContent = notice.dataset.textClosed;
    delete notice.dataset.closing;
  }
}

export function hearClosing(message) {
  if (message.type !== "bot_execution" || !message.action?.startsWith("close") || !ENDED.includes(message.status)) return;
  for (const notice of notices()) notice.remove();
}

document.body.addEventListener("htmx:afterSwap", settleClosing);
document.body.addEventListener("htmx:oobAfterSwap", settleClosing);
settleClosing();
