// The rest of the page: controls, theme, copying, saving, and the hook that tests use.
function gradient(table) {
  return `linear-gradient(to right, ${table.filter((_, k) => k % 7 === 0).join(",")})`;
}

function dressControls() {
  document.documentElement.style.setProperty("--gradient", gradient(palette().sequential));
  each("#snapshots i", (swatch, k) => swatch.style.setProperty("--swatch", timeShade(scene.snapshots[k].time)));
  const scales = [];
  const shared = (title, bound, note) =>
    `<div class="scale"><b>${title}</b><div style="background:${gradient(palette().diverging)}"></div><span><i>${note(-bound)}</i><i>${note(0)}</i><i>${note(bound)}</i></span></div>`;
  if (state.particleColour === "growth") {
    scales.push(shared("particle mass, relative to its start", scene.particles.logWeightBound, (v) => "×" + number(Math.exp(v))));
  }
  if (state.observedColour === "growth") {
    const unit = document.createElement("i");
    unit.textContent = scene.growth.unit;
    scales.push(shared(`growth rate (${unit.innerHTML})`, scene.growth.bound, number));
  }
  byId("scales").innerHTML = scales.join("");
}

function wireControls() {
  const hide = (id) => byId(id).remove();
  if (!scene.particles?.logWeight) hide("particle-colour");
  if (!scene.snapshots.some((s) => s.growth)) document.querySelector("#observed-colour [value=growth]").parentElement.remove();
  byId("show-lines").checked = state.lines;
  if (!scene.velocity.length && !scene.plan) hide("show-lines-row");
  if (scene.plan) hide("show-paths-row");
  if (!scene.particles) ["show-particles-row", "show-paths-row"].forEach(hide);
  scene.snapshots.forEach((snapshot, k) => {
    const label = document.createElement("label");
    label.className = snapshot.heldOut ? "held" : "";
    label.innerHTML = `<input type="checkbox" checked><i></i><span></span><small></small>`;
    label.querySelector("span").textContent = (snapshot.name ?? snapshotTime(snapshot.time)) + (snapshot.heldOut ? " held out" : "");
    label.lastChild.textContent = grouped(snapshot.count);
    label.title = `${grouped(snapshot.count)} points`;
    label.firstChild.addEventListener("change", (event) => {
      state.snapshots[k] = event.target.checked;
      drawAll();
    });
    byId("snapshots").append(label);
  });
  const wire = (selector, set) =>
    each(selector, (input) =>
      input.addEventListener("change", () => {
        set(input);
        dressControls();
        drawAll();
      }),
    );
  wire("[name=particle-colour]", (input) => (state.particleColour = input.value));
  wire("[name=observed-colour]", (input) => (state.observedColour = input.value));
  wire("#show-particles", (input) => (state.particles = input.checked));
  wire("#show-paths", (input) => (state.paths = input.checked));
  wire("#show-lines", (input) => (state.lines = input.checked));
  wire("#nearest", (input) => (state.nearest = input.checked));
  byId("save").addEventListener("click", savePicture);
}

const grouped = (count) => count.toLocaleString("en").replaceAll(",", "\u202F");

function describe() {
  const parts = [];
  if (scene.particles) {
    const { count, times } = scene.particles;
    if (scene.plan) parts.push(`${grouped(count)} points of the source move straight to their image, the mean target of each.`);
    else parts.push(`${grouped(count)} particles, linear between ${times.length} frames.`);
    if (swarm.shown < count) parts.push(`This browser has no WebGL 2, so ${grouped(swarm.shown)} of them are drawn.`);
  }
  const course = scene.features === 1 && !scene.plan;
  if (scene.plan) parts.push(`Lines: the heaviest of the plan's entries from a sample of sources, ${grouped(scene.plan.count)} of them; more opaque for more mass.`);
  if (scene.velocity.length && course) parts.push("Streamlines: courses that follow the velocity; steeper is faster; none where nothing is known.");
  if (scene.velocity.length && !course) parts.push("Streamlines: direction of the velocity at the nearest of its grid times; thicker is faster; none where nothing is known at that time.");
  if (course) parts.push("Observed points are spread a little to both sides of their time, so that they can be told apart.");
  if (scene.features > 2) parts.push(`The plane: the first two principal components of the ${scene.features} features.`);
  if (scene.snapshots.some((s) => s.heldOut)) parts.push("Rings: held-out snapshots.");
  if (!course) parts.push(scene.view.equal ? "Both axes have the same scale." : "The axes are scaled separately.");
  byId("caption").textContent = parts.join(" ");
}

function wireMetrics() {
  const show = (name) => each("[data-metric]", (panel) => (panel.hidden = panel.dataset.metric !== name));
  each("[name=metric]", (input) => {
    input.addEventListener("change", () => show(input.value));
    if (input.checked) show(input.value);
  });
}

wireMetrics();
wireCopies();
if (stage) {
  raiseSwarm();
  wireControls();
  describe();
  startPlayer();
}
wireTheme(() => {
  if (!stage) return;
  dressControls();
  drawAll();
});
if (stage) {
  setTime(scene.time.first);
  new ResizeObserver(drawAll).observe(stage.parentElement);
  window.thalweg = {
    renderer: () => swarm?.kind,
    time: () => state.time,
    playing: () => state.playing,
    setTime,
    setPlaying,
    positions: (time = state.time) => positionsAt(time),
    costs,
  };
  if (scene.particles && !matchMedia("(prefers-reduced-motion: reduce)").matches) setPlaying(true);
}
