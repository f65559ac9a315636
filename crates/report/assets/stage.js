// The stage: what is shown, and which layer must be drawn again when something changes.
const state = {
  time: scene.time.first,
  playing: false,
  particles: true,
  // The way from a source to its image is a straight line, which the plan's own lines would hide.
  paths: !scene.plan,
  // Streamlines and paths say the same twice, so the still ones wait where there are paths.
  lines: !scene.particles || !!scene.plan,
  nearest: false,
  particleColour: "time",
  observedColour: "time",
  snapshots: scene.snapshots.map(() => true),
};
const stage = document.getElementById("stage");
const costs = { frames: 0, milliseconds: 0 };
let swarm = null;
let drawnWith = { snapshot: -1, grid: -1 };

function raiseSwarm() {
  if (!scene.particles) return;
  const canvas = document.getElementById("swarm");
  swarm = webglSwarm(canvas) || canvasSwarm(freshCanvas(canvas));
  // A lost card must not leave an empty stage.
  canvas.addEventListener("webglcontextlost", () => {
    swarm = canvasSwarm(freshCanvas(canvas));
    drawAll();
  });
}

// A canvas that was asked for WebGL cannot be used for plain drawing.
function freshCanvas(canvas) {
  const fresh = canvas.cloneNode();
  canvas.replaceWith(fresh);
  return fresh;
}

function look() {
  const many = scene.particles.count;
  return {
    visible: state.particles,
    radius: many > 50000 ? 1.1 : many > 8000 ? 1.6 : many > 2000 ? 2.1 : 2.8,
    // Where discs overlap they add up: many faint ones show density, few need to be seen one by one.
    alpha: many > 50000 ? 0.16 : many > 8000 ? 0.4 : many > 2000 ? 0.65 : 0.85,
    byMass: state.particleColour === "growth",
    timeFraction: timeFraction(state.time),
  };
}

// Everything, after a change of size, theme or layers.
function drawAll() {
  if (!stage) return;
  layPlane(stage.clientWidth);
  stage.style.height = plane.top + plane.height + plane.bottom + "px";
  drawObserved(state);
  drawLines(state);
  drawnWith = current();
  pathsTo = null;
  drawMoving();
}

function current() {
  return {
    snapshot: state.nearest && scene.snapshots.length ? nearestIndex(scene.snapshots, state.time) : -1,
    grid: state.lines && scene.velocity.length ? nearestIndex(scene.velocity, state.time) : -1,
  };
}

// What moves with time; a still layer is drawn again only when time changes what it shows.
function drawMoving() {
  const began = performance.now();
  const now = current();
  if (now.snapshot !== drawnWith.snapshot) drawObserved(state);
  if (now.grid !== drawnWith.grid) drawLines(state);
  drawnWith = now;
  if (scene.particles) {
    drawPaths(state);
    sheet("swarm", false);
    swarm.draw(frameAt(state.time), look());
  }
  costs.frames += 1;
  costs.milliseconds += performance.now() - began;
}

// All layers on paper, as a PNG file.
function savePicture() {
  drawAll();
  const whole = document.getElementById("observed");
  const out = document.createElement("canvas");
  [out.width, out.height] = [whole.width, whole.height];
  const context = out.getContext("2d");
  context.fillStyle = ink("paper");
  context.fillRect(0, 0, out.width, out.height);
  context.drawImage(whole, 0, 0);
  for (const id of ["lines", "paths", "swarm"]) {
    context.drawImage(document.getElementById(id), Math.round(plane.left * plane.ratio), Math.round(plane.top * plane.ratio));
  }
  out.toBlob((blob) => saveBlob(blob, scene.plan ? "plan.png" : "particles.png"));
}

function saveBlob(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
