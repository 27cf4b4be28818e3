// Short notices in the corner: what just happened to an execution, or that the server could not be reached.
const LONGEST = 3;
const STAY_MS = 6000;
const STATUS_CLASS = { success: "state-good", failed: "state-bad", skipped: "state-warn", pending: "state-wait" };
const texts = document.body.dataset;

export function toast(status, statusText, text) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const card = document.createElement("div");
  card.className = "toast-card";
  const badge = document.createElement("span");
  badge.className = `state ${STATUS_CLASS[status] ?? ""}`;
  badge.textContent = statusText;
  const line = document.createElement("span");
  line.className = "num pt-0.5 font-medium";
  line.textContent = text;
  card.append(badge, line);
  place.append(card);
  while (place.children.length > LONGEST) place.firstElementChild.remove();
  setTimeout(() => card.remove(), STAY_MS);
}

const words = { buy: texts.textBuy, sell: texts.textSell, close: texts.textClose, close_all: texts.textCloseAll };

export function announce(message) {
  if (message.type === "position_closed") return toast("closed", texts.textClosed, message.ticker ?? "");
  if (message.type !== "bot_execution") return;
  const said = { success: texts.textSuccess, failed: texts.textFailed, skipped: texts.textSkipped, pending: texts.textPending };
  const action = words[message.action] ?? "";
  const symbol = message.symbol === "*" ? "" : (message.symbol ?? message.ticker ?? "");
  toast(message.status, said[message.status] ?? "", `${action} ${symbol}`.trim());
}

for (const trouble of ["htmx:sendError", "htmx:responseError"]) {
  document.body.addEventListener(trouble, (event) => {
    // parts that reload by themselves stay quiet: the next event tries again
    if (event.detail.requestConfig?.verb !== "get") toast("failed", texts.textFailed, texts.textOffline);
  });
}
