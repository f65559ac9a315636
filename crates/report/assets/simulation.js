// The page of a simulation: one stage, its player, and the hook that tests use.
wireCopies();
const canvas = document.getElementById("portrait") ?? document.getElementById("field");
const show = !canvas ? null : canvas.id === "portrait" ? portrait(canvas) : fieldStage(canvas);

// Seconds that the player takes from the first to the last frame.
const LASTS = 12;
let playing = null;
let waiting = false;

function redraw() {
  if (!show || waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    show.draw();
    const when = number(show.timeAt(show.look.head)) + (scene.timeUnit ? ` ${scene.timeUnit}` : "");
    byId("now").textContent = when;
    byId("time").setAttribute("aria-valuetext", when);
  });
}

function setHead(share) {
  show.look.head = Math.min(1, Math.max(0, share));
  byId("time").value = Math.round(1000 * show.look.head);
  redraw();
}

function setPlaying(on) {
  playing = on ? performance.now() : null;
  byId("play-shape").setAttribute("d", on ? "M5 3h4v14H5zM11 3h4v14h-4z" : "M5 3l12 7-12 7z");
  byId("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on && show.look.head >= 1) setHead(0);
  if (on) requestAnimationFrame(tick);
}

function tick(now) {
  if (playing === null) return;
  const share = show.look.head + Math.max(0, now - playing) / (1000 * LASTS);
  playing = now;
  setHead(share);
  if (share >= 1) setPlaying(false);
  else requestAnimationFrame(tick);
}

if (show) {
  show.wire(redraw);
  byId("caption").textContent = show.caption();
  byId("play").addEventListener("click", () => setPlaying(playing === null));
  byId("time").addEventListener("input", (event) => {
    setPlaying(false);
    setHead(event.target.value / 1000);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, button, select, textarea, summary") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") setPlaying(playing === null);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      setPlaying(false);
      setHead(show.look.head + (event.key === "ArrowRight" ? 1 : -1) / Math.max(1, show.frames - 1));
    } else return;
    event.preventDefault();
  });
  byId("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.download = "thalweg.png";
    link.href = canvas.toDataURL("image/png");
    link.click();
  });
  new ResizeObserver(redraw).observe(canvas.parentElement);
  window.thalweg = { setHead, setPlaying, look: show.look, playing: () => playing !== null };
}
wireTheme(() => {
  if (!show) return;
  const track = palette().sequential.filter((_, k) => k % 7 === 0).join(",");
  document.documentElement.style.setProperty("--gradient", `linear-gradient(to right, ${track})`);
  show.dress();
  redraw();
});
