// Time: play, the slider, its ticks and the keyboard.
const SECONDS_TO_PLAY = 8;
const slider = document.getElementById("time");
const playButton = document.getElementById("play");
const span = scene.time.last - scene.time.first;
let lastTick = 0;

// All times alike, so that the text does not jump while it plays.
const clock = writer([scene.time.first, scene.time.first + span / 60, scene.time.last], true);

function written(time) {
  const unit = scene.time.unit ? "\u202F" + scene.time.unit : "";
  return `${scene.time.label} ${clock(time)}${unit}`;
}

function setTime(time) {
  state.time = Math.min(scene.time.last, Math.max(scene.time.first, time));
  slider.value = String(Math.round(1000 * timeFraction(state.time)));
  slider.setAttribute("aria-valuetext", written(state.time));
  document.getElementById("now").textContent = written(state.time);
  drawMoving();
}

function setPlaying(playing) {
  if (playing && state.time >= scene.time.last) setTime(scene.time.first);
  state.playing = playing;
  playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
  document.getElementById("play-shape").setAttribute("d", playing ? "M4 3h4.5v14H4zM11.5 3H16v14h-4.5z" : "M5 3l12 7-12 7z");
  lastTick = 0;
  if (playing) requestAnimationFrame(tick);
}

function tick(now) {
  if (!state.playing) return;
  // A tab that was hidden must not jump.
  const passed = lastTick ? Math.min(0.1, (now - lastTick) / 1000) : 0;
  lastTick = now;
  setTime(state.time + (passed * span) / SECONDS_TO_PLAY);
  if (state.time >= scene.time.last) setPlaying(false);
  else requestAnimationFrame(tick);
}

// To the next snapshot in a direction, or to the end.
function toSnapshot(direction) {
  const times = scene.snapshots.map((s) => s.time);
  const ahead = times.filter((t) => (t - state.time) * direction > 1e-6 * span);
  const end = direction > 0 ? scene.time.last : scene.time.first;
  setTime(ahead.length ? ahead[direction > 0 ? 0 : ahead.length - 1] : end);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  const choosing = at.matches("input[type=radio], textarea, pre, .scroll");
  const pressing = at.matches("button, summary, a, input[type=checkbox], input[type=radio]");
  const direction = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === " " && !pressing) setPlaying(!state.playing);
  else if (direction && !choosing) {
    setPlaying(false);
    if (event.shiftKey) toSnapshot(direction);
    else setTime(state.time + (direction * span) / 40);
  } else return;
  event.preventDefault();
}

function layTicks() {
  const ticks = document.getElementById("ticks");
  for (const snapshot of scene.snapshots) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = snapshot.name ?? snapshotTime(snapshot.time);
    button.style.left = 100 * timeFraction(snapshot.time) + "%";
    button.className = snapshot.heldOut ? "held" : "";
    button.setAttribute("aria-label", `Go to ${snapshot.name ?? "snapshot " + written(snapshot.time)}${snapshot.heldOut ? ", held out" : ""}`);
    button.addEventListener("click", () => {
      setPlaying(false);
      setTime(snapshot.time);
    });
    ticks.append(button);
  }
}

function startPlayer() {
  layTicks();
  playButton.addEventListener("click", () => setPlaying(!state.playing));
  slider.addEventListener("input", () => {
    setPlaying(false);
    setTime(scene.time.first + (span * slider.valueAsNumber) / 1000);
  });
  document.addEventListener("keydown", onKey);
}
