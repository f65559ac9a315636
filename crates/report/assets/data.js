// Decodes the scene: base64 to typed arrays, and the state of the particles at any time.
const scene = JSON.parse(document.getElementById("scene").textContent);

function bytes(base64) {
  const raw = atob(base64);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

// Positions are little-endian u16, as on every machine with a browser.
const words = (base64) => new Uint16Array(bytes(base64).buffer);

for (const snapshot of scene.snapshots) {
  snapshot.xy = words(snapshot.xy);
  snapshot.growth = snapshot.growth && bytes(snapshot.growth);
}
for (const grid of scene.velocity) {
  grid.xy = words(grid.xy);
  grid.speed = bytes(grid.speed);
}
if (scene.plan) {
  scene.plan.xy = words(scene.plan.xy);
  scene.plan.mass = bytes(scene.plan.mass);
}
if (scene.particles) {
  scene.particles.xy = words(scene.particles.xy);
  scene.particles.logWeight = scene.particles.logWeight && bytes(scene.particles.logWeight);
}

// A value of 0..65535 along axis "x" or "y" in the units of the view.
const unpack = (word, axis) => scene.box[axis][0] + (scene.box[axis][1] - scene.box[axis][0]) * (word / 65535);

// The frame at or before a time, and how far the time lies towards the next one.
function frameAt(time) {
  const times = scene.particles.times;
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle;
    else high = middle;
  }
  if (high === 0) return { frame: 0, next: 0, share: 0 };
  const share = (time - times[low]) / (times[high] - times[low]);
  return { frame: low, next: high, share: Math.min(1, Math.max(0, share)) };
}

// Positions of all particles at a time, in the units of the view: x0, y0, x1, y1, ...
function positionsAt(time) {
  const { xy, count } = scene.particles;
  const { frame, next, share } = frameAt(time);
  const out = new Float64Array(2 * count);
  for (let i = 0; i < 2 * count; i++) {
    const word = xy[2 * count * frame + i] * (1 - share) + xy[2 * count * next + i] * share;
    out[i] = unpack(word, i & 1 ? "y" : "x");
  }
  return out;
}

// Index of the item whose time is nearest.
function nearestIndex(items, time) {
  let best = 0;
  items.forEach((item, k) => {
    if (Math.abs(item.time - time) < Math.abs(items[best].time - time)) best = k;
  });
  return best;
}

const timeFraction = (time) => (time - scene.time.first) / (scene.time.last - scene.time.first || 1);

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

const snapshotTime = writer(scene.snapshots.map((s) => s.time));

// About three significant digits, with a true minus sign.
function number(value) {
  const size = Math.abs(value);
  const text = size && (size < 1e-3 || size >= 1e5) ? value.toExponential(1).replace("+", "") : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", "\u2212");
}
