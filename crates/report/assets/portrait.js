// The phase portrait: orbits in three of their coordinates, turned by hand.
function portrait(canvas) {
  const { names, spans, orbits } = scene.portrait;
  for (const orbit of orbits) {
    orbit.values = orbit.values.map(words);
    orbit.missed = new Set(orbit.missed);
    orbit.shown = true;
  }
  const most = Math.max(...orbits.map((orbit) => orbit.values[0].length));
  const solid = names.length > 2;
  const look = { axes: solid ? [0, 1, 2] : [0, 1], yaw: solid ? -0.5 : 0, pitch: solid ? 0.3 : 0, zoom: 1, head: 1, all: true, box: true };
  let size = { width: 300, height: 300, ratio: 1 };

  function lay() {
    const width = canvas.parentElement.clientWidth;
    const height = Math.min(0.72 * width, Math.max(320, 0.66 * innerHeight));
    size = { width, height, ratio: Math.min(2, devicePixelRatio || 1) };
    canvas.parentElement.style.height = height + "px";
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * size.ratio);
    canvas.height = Math.round(height * size.ratio);
  }

  // A point of the unit cube on the page, and its depth.
  function land(x, y, z) {
    const { yaw, pitch, zoom } = look;
    const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
    const across = x * cosine - y * sine;
    const away = x * sine + y * cosine;
    const up = z * Math.cos(pitch) + away * Math.sin(pitch);
    const scale = zoom * Math.min(size.width, size.height) * (solid ? 0.29 : 0.4);
    return [size.width / 2 + scale * across, size.height / 2 - scale * up];
  }

  const unit = (word) => word / 32767.5 - 1;
  const pointOf = (orbit, k) => {
    const [a, b, c] = look.axes.map((axis) => unit(orbit.values[axis][k]));
    return solid ? land(a, b, c) : land(a, 0, b);
  };

  function trace(draw, orbit, from, to) {
    draw.beginPath();
    let down = false;
    for (let k = from; k <= to; k++) {
      if (orbit.missed.has(k)) {
        down = false;
        continue;
      }
      const [x, y] = pointOf(orbit, k);
      if (down) draw.lineTo(x, y);
      else draw.moveTo(x, y);
      down = true;
    }
    draw.stroke();
  }

  function dots(draw, orbit, from, to, side) {
    for (let k = from; k <= to; k++) {
      if (orbit.missed.has(k)) continue;
      const [x, y] = pointOf(orbit, k);
      draw.fillRect(x - side / 2, y - side / 2, side, side);
    }
  }

  function box(draw) {
    const ends = [-1, 1];
    draw.strokeStyle = ink("grid");
    draw.lineWidth = 1;
    const edge = (a, b) => {
      draw.beginPath();
      draw.moveTo(...a);
      draw.lineTo(...b);
      draw.stroke();
    };
    if (!solid) {
      const corners = [land(-1, 0, -1), land(1, 0, -1), land(1, 0, 1), land(-1, 0, 1)];
      corners.forEach((corner, k) => edge(corner, corners[(k + 1) % 4]));
    } else {
      for (const a of ends)
        for (const b of ends) {
          edge(land(-1, a, b), land(1, a, b));
          edge(land(a, -1, b), land(a, 1, b));
          edge(land(a, b, -1), land(a, b, 1));
        }
    }
    draw.font = FONT;
    look.axes.forEach((axis, k) => {
      // Of the edges along an axis the lowest on the page has its labels, of upright ones the leftmost.
      const upright = k === (solid ? 2 : 1);
      const edges = solid ? ends.flatMap((a) => ends.map((b) => [a, b])) : [[-1, -1]];
      const at = ([a, b], share, out = 1) => {
        const place = solid ? [out * a, out * b] : upright ? [out * a, 0] : [0, out * b];
        place.splice(solid ? k : 2 * k, 0, share);
        return land(...place);
      };
      const rank = (edge) => (upright ? at(edge, 0)[0] : -at(edge, 0)[1]);
      const edge = edges.reduce((best, other) => (rank(other) < rank(best) ? other : best));
      const [x, y] = at(edge, 0);
      const [outX, outY] = at(edge, 0, 1.1);
      const reach = Math.hypot(outX - x, outY - y) || 1;
      const put = (text, share, far, colour) => {
        const [left, top] = at(edge, share);
        draw.fillStyle = ink(colour);
        draw.textAlign = upright ? "right" : "center";
        const [across, down] = upright ? [-6, 4] : [(far * (outX - x)) / reach, 4 + far * Math.max(0.7, (outY - y) / reach)];
        draw.fillText(text, left + across - (upright && far > 14 ? 26 : 0), top + down);
      };
      const write = writer(spans[axis]);
      put(names[axis], 0, 22, "ink");
      put(write(spans[axis][0]), -0.86, 13, "muted");
      put(write(spans[axis][1]), 0.86, 13, "muted");
    });
  }

  function draw() {
    lay();
    const draw = canvas.getContext("2d");
    draw.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    draw.fillStyle = ink("paper");
    draw.fillRect(0, 0, size.width, size.height);
    if (look.box) box(draw);
    const table = palette().sequential;
    const shown = orbits.filter((orbit) => orbit.shown);
    shown.forEach((orbit) => {
      const last = orbit.values[0].length - 1;
      const head = Math.min(last, Math.round(look.head * (most - 1)));
      const own = orbits.length > 1 ? orbits.indexOf(orbit) / (orbits.length - 1) : null;
      draw.lineJoin = "round";
      if (look.all) {
        draw.globalAlpha = 0.16;
        draw.lineWidth = 0.8;
        draw.strokeStyle = draw.fillStyle = own === null ? ink("ink") : shade(table, own);
        if (scene.discrete) dots(draw, orbit, 0, last, 1.4);
        else trace(draw, orbit, 0, last);
      }
      draw.globalAlpha = 0.9;
      draw.lineWidth = 1.1;
      // A colour for each of some pieces: one path a piece is fast enough to turn by hand.
      const piece = own === null ? Math.max(1, Math.ceil(last / 48)) : last + 1;
      for (let from = 0; from < head; from += piece) {
        draw.strokeStyle = draw.fillStyle = shade(table, own ?? from / last);
        const to = Math.min(head, from + piece);
        if (scene.discrete) dots(draw, orbit, from, to, 1.8);
        else trace(draw, orbit, from, to);
      }
      draw.globalAlpha = 1;
      if (look.head < 1) {
        draw.fillStyle = ink("straight");
        draw.beginPath();
        draw.arc(...pointOf(orbit, head), 4.5, 0, 7);
        draw.fill();
      }
    });
  }

  const timeAt = (share) => {
    const longest = orbits.find((orbit) => orbit.values[0].length === most);
    return longest.times[0] + share * (longest.times[1] - longest.times[0]);
  };

  function wire(redraw) {
    if (solid) turnByHand(canvas, look, redraw);
    // With two coordinates there is nothing to choose.
    if (!solid) document.getElementById("axes").remove();
    else
      look.axes.forEach((axis, k) => {
        const select = document.createElement("select");
        select.setAttribute("aria-label", `Axis ${k + 1}`);
        names.forEach((name, value) => select.add(new Option(name, value, false, value === axis)));
        select.addEventListener("change", () => {
          look.axes[k] = Number(select.value);
          redraw();
        });
        document.getElementById("axes").append(select);
      });
    if (orbits.length < 2) document.getElementById("orbits").remove();
    else
      orbits.forEach((orbit, k) => {
        const label = document.createElement("label");
        label.innerHTML = `<input type="checkbox" checked><i></i><span></span>`;
        label.querySelector("span").textContent = orbit.name;
        label.querySelector("input").addEventListener("change", (event) => {
          orbit.shown = event.target.checked;
          redraw();
        });
        label.dataset.share = k / (orbits.length - 1);
        document.getElementById("orbits").append(label);
      });
    for (const [id, name] of [["show-all", "all"], ["show-box", "box"]]) {
      document.getElementById(id).addEventListener("change", (event) => {
        look[name] = event.target.checked;
        redraw();
      });
    }
  }

  function dress() {
    each("#orbits label", (label) => label.querySelector("i").style.setProperty("--swatch", shade(palette().sequential, Number(label.dataset.share))));
  }

  const caption = () => {
    const points = orbits.reduce((sum, orbit) => sum + orbit.values[0].length, 0);
    const what = scene.discrete ? "A dot an iteration" : "Coloured from early to late";
    const many = orbits.length > 1 ? `${orbits.length} trajectories, a colour each` : what;
    return `${points.toLocaleString("en").replaceAll(",", "\u202F")} points from the beginning of the motion. ${many}. Each axis is scaled to its own range${solid ? "; drag to turn" : ""}.`;
  };
  return { draw, wire, dress, caption, timeAt, look, frames: most };
}

// Turning and zooming with pointer, wheel and arrow keys; `look` has yaw, pitch and zoom.
function turnByHand(canvas, look, redraw) {
  let held = null;
  const tilt = (by) => (look.pitch = Math.min(1.5708, Math.max(-1.5708, look.pitch + by)));
  canvas.style.touchAction = "none";
  canvas.style.cursor = "grab";
  canvas.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    look.yaw += (event.clientX - held[0]) * 0.008;
    tilt((event.clientY - held[1]) * 0.008);
    held = [event.clientX, event.clientY];
    redraw();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (held = null));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      look.zoom = Math.min(8, Math.max(0.4, look.zoom * Math.exp(-event.deltaY * 0.001)));
      redraw();
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const turn = { ArrowLeft: [-0.08, 0], ArrowRight: [0.08, 0], ArrowUp: [0, 0.08], ArrowDown: [0, -0.08] }[event.key];
    if (!turn) return;
    event.preventDefault();
    event.stopPropagation();
    look.yaw += turn[0];
    tilt(turn[1]);
    redraw();
  });
}
