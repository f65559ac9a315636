// What does not move with the particles: axes, lines of a plan, observed points, streamlines; and the paths behind the
// particles.

function drawObserved(state) {
  const draw = pen("observed", true);
  drawAxes(draw);
  draw.save();
  draw.translate(plane.left, plane.top);
  draw.beginPath();
  draw.rect(0, 0, plane.width, plane.height);
  draw.clip();
  const shown = scene.snapshots.filter((s, k) => (state.nearest ? k === nearestIndex(scene.snapshots, state.time) : state.snapshots[k]));
  const total = shown.reduce((sum, s) => sum + s.count, 0);
  // The ends of a plan's lines must be seen through them.
  if (state.lines && scene.plan) drawPlan(draw, scene.plan);
  const size = total > 30000 ? 1.5 : total > 4000 ? 2 : scene.plan ? 4 : 2.6;
  for (const snapshot of shown) {
    // A few sites among many points are what the picture is about.
    const few = scene.plan && 8 * snapshot.count < total;
    drawSnapshot(draw, snapshot, few ? 2 * size : size, state.observedColour);
  }
  draw.restore();
}

function drawSnapshot(draw, snapshot, size, colour) {
  const { sx, tx, sy, ty } = wordsToPage();
  const half = size / 2;
  const at = (i) => [sx * snapshot.xy[2 * i] + tx - half, sy * snapshot.xy[2 * i + 1] + ty - half];
  if (colour === "growth" && snapshot.growth) {
    draw.globalAlpha = 0.85;
    const table = palette().diverging;
    for (let i = 0; i < snapshot.count; i++) {
      draw.fillStyle = table[Math.round((snapshot.growth[i] / 254) * (table.length - 1))];
      draw.fillRect(...at(i), size, size);
    }
    return;
  }
  draw.globalAlpha = scene.plan ? 0.8 : colour === "grey" ? 0.6 : 0.4;
  draw.fillStyle = draw.strokeStyle = colour === "grey" ? ink("unchanged") : timeShade(snapshot.time);
  if (snapshot.heldOut) {
    // Rings: held-out points are told apart by shape as well.
    draw.lineWidth = 1;
    draw.beginPath();
    for (let i = 0; i < snapshot.count; i++) {
      const [x, y] = at(i);
      draw.moveTo(x + 2 * half + 0.6, y + half);
      draw.arc(x + half, y + half, half + 0.6, 0, 2 * Math.PI);
    }
    draw.stroke();
  } else {
    for (let i = 0; i < snapshot.count; i++) draw.fillRect(...at(i), size, size);
  }
}

function drawAxes(draw) {
  const { left, top, width, height } = plane;
  draw.font = FONT;
  draw.lineWidth = 1;
  draw.strokeStyle = ink("grid");
  draw.fillStyle = ink("muted");
  draw.textAlign = "center";
  for (const [tick, label] of labelled(plane.x, width / 90, width)) {
    const x = left + landX(tick);
    segment(draw, x, top, x, top + height);
    // A long label stays on the canvas.
    const half = draw.measureText(label).width / 2;
    draw.fillText(label, Math.min(x, left + width + plane.right - half), top + height + 17);
  }
  draw.textAlign = "right";
  for (const [tick, label] of ticksY()) {
    const y = top + landY(tick);
    segment(draw, left, y, left + width, y);
    draw.fillText(label, left - 7, y + 4);
  }
  draw.fillStyle = ink("ink");
  draw.textAlign = "center";
  draw.font = draw.font.replace("12px", "13px");
  draw.fillText(scene.axes[0], left + width / 2, top + height + 37);
  draw.save();
  draw.translate(13, top + height / 2);
  draw.rotate(-Math.PI / 2);
  draw.fillText(scene.axes[1], 0, 0);
  draw.restore();
}

function segment(draw, x0, y0, x1, y1) {
  draw.beginPath();
  draw.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  draw.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  draw.stroke();
}

// Streamlines of the grid nearest in time: thickness grows with speed, an arrow head sits in the middle.
function drawLines(state) {
  const draw = pen("lines", false);
  if (!state.lines || !scene.velocity.length) return;
  const grid = scene.velocity[nearestIndex(scene.velocity, state.time)];
  const { sx, tx, sy, ty } = wordsToPage();
  draw.strokeStyle = draw.fillStyle = ink("ink");
  draw.globalAlpha = 0.62;
  draw.lineCap = draw.lineJoin = "round";
  let first = 0;
  for (const length of grid.lengths) {
    const at = (k) => [sx * grid.xy[2 * (first + k)] + tx, sy * grid.xy[2 * (first + k) + 1] + ty];
    const level = (k) => Math.round(grid.speed[first + k] / 42);
    for (let start = 0; start < length - 1; ) {
      let end = start + 1;
      draw.lineWidth = 0.6 + 0.3 * level(start);
      draw.beginPath();
      draw.moveTo(...at(start));
      draw.lineTo(...at(end));
      while (end < length - 1 && level(end) === level(start)) draw.lineTo(...at(++end));
      draw.stroke();
      start = end;
    }
    const middle = length >> 1;
    if (middle) arrowHead(draw, at(middle - 1), at(middle), 4.5 + grid.speed[first + middle] / 100);
    first += length;
  }
}

// Lines of a plan, more opaque for more mass (by its root, so that light ones are seen) and fainter where there are many;
// nearly equal ones in one stroke.
const SHADES = 16;
const FEW_LINES = 150;

function drawPlan(draw, { xy, mass, count }) {
  const { sx, tx, sy, ty } = wordsToPage();
  const groups = Array.from({ length: SHADES }, () => []);
  for (let k = 0; k < count; k++) groups[Math.floor((SHADES - 1) * Math.sqrt(mass[k] / 255))].push(k);
  const most = 0.6 * Math.max(0.3, Math.min(1, Math.sqrt(FEW_LINES / count)));
  draw.strokeStyle = ink("ink");
  draw.lineWidth = 1;
  groups.forEach((lines, shade) => {
    draw.globalAlpha = (most * (shade + 1)) / SHADES;
    draw.beginPath();
    for (const k of lines) {
      draw.moveTo(sx * xy[4 * k] + tx, sy * xy[4 * k + 1] + ty);
      draw.lineTo(sx * xy[4 * k + 2] + tx, sy * xy[4 * k + 3] + ty);
    }
    draw.stroke();
  });
}

function arrowHead(draw, from, to, size) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const corner = (turn, reach) => [to[0] + reach * Math.cos(angle + turn), to[1] + reach * Math.sin(angle + turn)];
  draw.beginPath();
  draw.moveTo(...corner(0, 0.6 * size));
  draw.lineTo(...corner(2.55, size));
  draw.lineTo(...corner(-2.55, size));
  draw.fill();
}

// Paths of evenly chosen particles from the first frame to the last one reached, each piece in the colour of its time.
// Pieces stay on their canvas: going forward adds the new ones, and only going back or a new look draws all again.
const PATHS = 220;
let pathsTo = null;

function drawPaths(state) {
  const { frame, next, share } = frameAt(state.time);
  const reached = share === 1 ? next : frame;
  if (reached === pathsTo) return;
  const fresh = pathsTo === null || reached < pathsTo;
  const draw = fresh ? pen("paths", false) : document.getElementById("paths").getContext("2d");
  const from = fresh ? 0 : pathsTo;
  pathsTo = reached;
  if (!state.paths) return;
  const { xy, count, times } = scene.particles;
  const { sx, tx, sy, ty } = wordsToPage();
  const stride = Math.ceil(count / PATHS);
  draw.lineWidth = 1.1;
  // Two colour scales at once would be misread.
  const byMass = state.particleColour === "growth";
  draw.globalAlpha = byMass ? 0.3 : 0.6;
  for (let k = from; k < reached; k++) {
    draw.strokeStyle = byMass ? ink("unchanged") : timeShade((times[k] + times[k + 1]) / 2);
    draw.beginPath();
    for (let i = 0; i < count; i += stride) {
      const a = 2 * (count * k + i);
      const b = a + 2 * count;
      draw.moveTo(sx * xy[a] + tx, sy * xy[a + 1] + ty);
      draw.lineTo(sx * xy[b] + tx, sy * xy[b + 1] + ty);
    }
    draw.stroke();
  }
}
