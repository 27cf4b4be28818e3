// One EventSource per tab. Each message becomes a `live` event on <body>: the page's parts reload by hx-trigger="live from:body".
// Balances that were read become a `balances` event: only what shows them reloads.
import { announce } from "./toasts.js";

const GATHER_MS = 120; // a broadcast's many messages cause one reload
const FALLBACK_MS = 15000; // while the stream is down the page still follows, slower
const DARK = 2; // EventSource.CLOSED

let source = null;
let gathering = null;
let fallback = null;

function tell(message) {
  if (gathering) return;
  gathering = setTimeout(() => {
    gathering = null;
    document.body.dispatchEvent(new CustomEvent("live", { detail: message }));
  }, GATHER_MS);
}

function read(event) {
  try {
    const message = JSON.parse(event.data);
    if (message.type === "balances") {
      document.body.dispatchEvent(new CustomEvent("balances", { detail: message }));
      return;
    }
    announce(message);
    tell(message);
  } catch {
    tell({});
  }
}

export function listen(address) {
  const start = () => {
    if (source && source.readyState !== DARK) return;
    source = new EventSource(address);
    source.addEventListener("update", read);
    source.onopen = () => {
      clearInterval(fallback);
      fallback = null;
      document.body.dataset.stream = "open";
      tell({}); // what was told while nobody listened is lost: the page's parts catch up
    };
    source.onerror = () => {
      document.body.dataset.stream = "down";
      fallback ??= setInterval(() => {
        tell({});
        if (source.readyState === DARK && !document.hidden) start(); // the browser gave up (signed out, too many tabs)
      }, FALLBACK_MS);
    };
  };
  const stop = () => {
    source?.close();
    source = null;
    clearInterval(fallback);
    fallback = null;
  };
  // a hidden tab holds no connection; when it is looked at again it catches up
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return stop();
    start();
    tell({});
  });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  start();
}
