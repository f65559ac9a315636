// What every page has: its data, numbers, ticks and colours, the theme and copying.
const scene = JSON.parse(document.getElementById("scene").textContent);

function bytes(base64) {
  const raw = atob(base64);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

// Positions are little-endian u16, as on every machine with a browser.
const words = (base64) => new Uint16Array(bytes(base64).buffer);

// A writer of numbers that stand beside each other: digits enough to tell neighbours apart, and no more, unless all are
// to have as many. The figures do the same.
function writer(values, padded) {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((v, k) => v - sorted[k]).filter((gap) => gap > 0);
  if (!gaps.length) return number;
  const top = Math.floor(Math.log10(Math.max(...sorted.map(Math.abs))));
  const last = Math.floor(Math.log10(Math.min(...gaps))) - 1;
  const plain = (top >= -3 && top < 5) || (top >= 5 && top < 16 && top - last > 3);
  const decimals = Math.min(100, Math.max(0, plain ? -last : Math.min(16, top - last)));
  const trimmed = (text) => (padded || !text.includes(".") ? text : text.replace(/\.?0+$/, ""));
  return (value) => {
    const [mantissa, power] = (plain || !value ? value.toFixed(plain ? decimals : 0) : value.toExponential(decimals)).split("e");
    const text = trimmed(mantissa) + (power ? "e" + power.replace("+", "") : "");
    return (Number(text) === 0 && !padded ? "0" : text).replaceAll("-", "\u2212");
  };
}

// About three significant digits, with a true minus sign.
function number(value) {
  const size = Math.abs(value);
  const text = size && (size < 1e-3 || size >= 1e5) ? value.toExponential(1).replace("+", "") : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", "\u2212");
}

// Round positions inside a span.
function roundTicks([low, high], wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough);
  const out = [];
  for (let k = Math.ceil(low / step); k * step <= high && out.length < 100; k++) out.push(k * step);
  return out;
}

const FONT = "12px system-ui, 'Segoe UI', Arial, 'DejaVu Sans', sans-serif";

// Ticks of an axis as pairs of value and label, fewer where the labels would touch along the room.
function labelled(span, wanted, room) {
  for (let few = Math.max(1, Math.floor(wanted)); ; few--) {
    const ticks = roundTicks(span, few);
    const write = writer(ticks);
    const labels = ticks.map((tick) => [tick, write(tick)]);
    const step = ticks.length > 1 ? (room * (ticks[1] - ticks[0])) / (span[1] - span[0]) : Infinity;
    if (few <= 1 || step > widest(labels) + 10) return labels;
  }
}

// Pixels that the longest label takes.
function widest(labels) {
  const draw = document.createElement("canvas").getContext("2d");
  draw.font = FONT;
  return Math.max(0, ...labels.map(([, text]) => draw.measureText(text).width));
}

const theme = () => document.documentElement.dataset.theme;
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const palette = () => scene.palette[theme()];
const shade = (table, fraction) => table[Math.round(Math.min(1, Math.max(0, fraction)) * (table.length - 1))];

const byId = (id) => document.getElementById(id);
const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

function wireTheme(redraw) {
  const button = byId("theme");
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const dress = (name) => {
    document.documentElement.dataset.theme = name;
    button.textContent = name === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${name === "dark" ? "light" : "dark"} theme`);
    redraw();
  };
  button.addEventListener("click", () => dress(theme() === "dark" ? "light" : "dark"));
  preference.addEventListener("change", () => dress(preference.matches ? "dark" : "light"));
  dress(theme());
}

function wireCopies() {
  each("[data-copy]", (button) => {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const source = byId(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        // Without leave to use the clipboard the text is selected, one key press from being copied.
        getSelection().selectAllChildren(source);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = label), 1600);
    });
  });
}
