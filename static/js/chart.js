// The equity curve: points come from a <script type="application/json">, colours from the page's own theme.
import { AreaSeries, ColorType, createChart, LineStyle } from "../vendor/lightweight-charts.mjs";

const charts = new Map();

function colours() {
  const css = getComputedStyle(document.documentElement);
  const read = (name) => css.getPropertyValue(name).trim();
  return { line: read("--color-accent"), text: read("--color-base-content"), grid: read("--color-base-300") };
}

function paint(chart, series) {
  const { line, text, grid } = colours();
  chart.applyOptions({
    layout: { textColor: `${text}b0`, background: { type: ColorType.Solid, color: "transparent" } },
    grid: { vertLines: { visible: false }, horzLines: { color: grid, style: LineStyle.Dotted } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderVisible: false },
    crosshair: { vertLine: { color: `${text}60`, labelBackgroundColor: text }, horzLine: { color: `${text}60`, labelBackgroundColor: text } },
  });
  series.applyOptions({ lineColor: line, topColor: `${line}40`, bottomColor: `${line}00` });
}

function draw(place) {
  const read = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const points = read.map(({ time, value }) => ({ time, value: Number(value) })); // money comes as text
  const language = document.documentElement.lang;
  const money = new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumFractionDigits: 2 });
  const young = points.length > 1 && points.at(-1).time - points[0].time < 3600;
  const chart = createChart(place, {
    autoSize: true,
    layout: { fontFamily: "Inter, sans-serif", fontSize: 11, attributionLogo: true },
    localization: { locale: language, priceFormatter: (value) => money.format(value) },
    timeScale: { timeVisible: true, secondsVisible: young, fixLeftEdge: true, fixRightEdge: true },
    handleScroll: false,
    handleScale: false,
  });
  const series = chart.addSeries(AreaSeries, { lineWidth: 2, priceLineVisible: false, crosshairMarkerRadius: 4 });
  series.setData(points);
  // The chart takes its size after it was drawn: all points are fitted in again whenever that changes.
  new ResizeObserver(() => requestAnimationFrame(() => place.isConnected && chart.timeScale().fitContent())).observe(place);
  paint(chart, series);
  charts.set(place, [chart, series]);
}

function drawNew() {
  for (const [place, [chart]] of charts) {
    if (place.isConnected) continue;
    chart.remove();
    charts.delete(place);
  }
  for (const place of document.querySelectorAll("[data-chart]")) if (!charts.has(place)) draw(place);
}

window.addEventListener("themechange", () => charts.forEach(([chart, series]) => paint(chart, series)));
document.body.addEventListener("htmx:load", drawNew);
drawNew();
