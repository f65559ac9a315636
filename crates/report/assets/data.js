// Decodes the scene: base64 to typed arrays, and the state of the particles at any time.
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

const snapshotTime = writer(scene.snapshots.map((s) => s.time));
