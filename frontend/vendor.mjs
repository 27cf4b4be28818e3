// Copies what the pages serve themselves: fonts and the chart library, each with its licence. No CDN.
import { cpSync, mkdirSync } from "node:fs";

const out = new URL("../static/", import.meta.url).pathname;
const from = new URL("./node_modules/", import.meta.url).pathname;
const files = [
  ["@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "fonts/inter.woff2"],
  ["@fontsource-variable/inter/LICENSE", "fonts/inter.LICENSE.txt"],
  ["@fontsource/instrument-serif/files/instrument-serif-latin-400-normal.woff2", "fonts/instrument-serif.woff2"],
  ["@fontsource/instrument-serif/files/instrument-serif-latin-400-italic.woff2", "fonts/instrument-serif-italic.woff2"],
  ["@fontsource/instrument-serif/LICENSE", "fonts/instrument-serif.LICENSE.txt"],
  ["lightweight-charts/dist/lightweight-charts.standalone.production.mjs", "vendor/lightweight-charts.mjs"],
  ["lightweight-charts/LICENSE", "vendor/lightweight-charts.LICENSE.txt"],
];
for (const [source, target] of files) {
  mkdirSync(new URL(".", `file://${out}${target}`).pathname, { recursive: true });
  cpSync(from + source, out + target);
}
