// Fields over time: a line with all its past, a plane frame by frame, a sphere as a globe and as a map.
function fieldStage(canvas) {
  for (const field of scene.fields) {
    field.values = field.wide ? words(field.values) : bytes(field.values);
    field.top = field.wide ? 65535 : 255;
  }
  // What came of it first; playing begins at the beginning.
  const look = { which: 0, head: 1, yaw: 0, pitch: 0.45, zoom: 1 };
  const frames = Math.max(...scene.fields.map((field) => field.times.length));
  let size = { width: 300, height: 300, ratio: 1 };
  const current = () => scene.fields[look.which];
  const frameOf = (field) => Math.round(look.head * (field.times.length - 1));

  function lay(aspect) {
    const width = canvas.parentElement.clientWidth;
    const height = Math.min(aspect * width, Math.max(340, 0.7 * innerHeight));
    size = { width, height, ratio: Math.min(2, devicePixelRatio || 1) };
    canvas.parentElement.style.height = height + "px";
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * size.ratio);
    canvas.height = Math.round(height * size.ratio);
    const draw = canvas.getContext("2d");
    draw.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    draw.fillStyle = ink("paper");
    draw.fillRect(0, 0, width, height);
    return draw;
  }

  // Red, green, blue and opacity of each of 256 levels.
  function levels(field) {
    const table = palette()[field.signed ? "diverging" : "sequential"];
    return Array.from({ length: 256 }, (_, k) => {
      const colour = parseInt(shade(table, k / 255).slice(1), 16);
      return [colour >> 16, (colour >> 8) & 255, colour & 255, 255];
    });
  }

  // An image of `columns x rows` cells stretched over a rectangle.
  function cells(draw, [left, top, width, height], columns, rows, colour, smooth) {
    const small = new OffscreenCanvas(columns, rows);
    const pen = small.getContext("2d");
    const image = pen.createImageData(columns, rows);
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) image.data.set(colour(row, column), 4 * (row * columns + column));
    pen.putImageData(image, 0, 0);
    draw.imageSmoothingEnabled = smooth;
    draw.drawImage(small, left, top, width, height);
  }

  function axes(draw, [left, top, width, height], x, y, titles) {
    draw.font = FONT;
    draw.strokeStyle = ink("muted");
    draw.lineWidth = 0.8;
    draw.strokeRect(left, top, width, height);
    draw.fillStyle = ink("muted");
    draw.textAlign = "center";
    for (const [tick, label] of labelled(x, 6, width)) draw.fillText(label, left + (width * (tick - x[0])) / (x[1] - x[0]), top + height + 16);
    draw.textAlign = "right";
    for (const [tick, label] of labelled(y, Math.max(3, height / 42), Infinity)) draw.fillText(label, left - 6, top + height * (1 - (tick - y[0]) / (y[1] - y[0])) + 4);
    draw.fillStyle = ink("ink");
    draw.textAlign = "center";
    draw.fillText(titles[0], left + width / 2, top + height + 34);
    draw.save();
    draw.translate(left - 46, top + height / 2);
    draw.rotate(-Math.PI / 2);
    draw.fillText(titles[1], 0, 0);
    draw.restore();
  }

  // The level of a node, 0 to 255.
  const levelOf = (field, node) => Math.round((255 * field.values[node]) / field.top);

  const ends = (values) => [values[0], values[values.length - 1]];
  const timeTitle = () => (scene.timeUnit ? `time (${scene.timeUnit})` : "time");

  function line(field, table) {
    const draw = lay(0.78);
    const x = field.axes[0].positions;
    const nodes = x.length;
    const k = frameOf(field);
    const inner = size.width - 84;
    // The profile at this time, above; all times, below.
    const upper = [72, 12, inner, 0.3 * (size.height - 76)];
    const lower = [72, upper[1] + upper[3] + 24, inner, size.height - upper[3] - 86];
    const across = (i) => upper[0] + (inner * (x[i] - x[0])) / (x[nodes - 1] - x[0] || 1);
    axes(draw, upper, ends(x), [field.low, field.high], ["", field.name]);
    draw.strokeStyle = ink("model");
    draw.lineWidth = 1.6;
    draw.beginPath();
    for (let i = 0; i < nodes; i++) draw.lineTo(across(i), upper[1] + upper[3] * (1 - field.values[k * nodes + i] / field.top));
    draw.stroke();
    const rows = field.times.length;
    cells(draw, lower, nodes, rows, (row, column) => table[levelOf(field, (rows - 1 - row) * nodes + column)], true);
    axes(draw, lower, ends(x), ends(field.times), [field.axes[0].name, timeTitle()]);
    const [first, last] = ends(field.times);
    const y = lower[1] + lower[3] * (1 - (field.times[k] - first) / (last - first || 1));
    draw.strokeStyle = ink("ink");
    draw.beginPath();
    draw.moveTo(lower[0], y);
    draw.lineTo(lower[0] + inner, y);
    draw.stroke();
  }

  function plane(field, table) {
    const [slow, fast] = field.axes;
    const [x, y] = [ends(fast.positions), ends(slow.positions)];
    const shape = Math.min(2.5, Math.max(0.4, (y[1] - y[0]) / (x[1] - x[0] || 1)));
    const draw = lay(Math.min(1, 0.85 * shape + 0.1));
    const inner = Math.min(size.width - 84, (size.height - 56) / shape);
    const place = [72, 10, inner, inner * shape];
    const [rows, columns] = [slow.positions.length, fast.positions.length];
    const from = frameOf(field) * rows * columns;
    cells(draw, place, columns, rows, (row, column) => table[levelOf(field, from + (rows - 1 - row) * columns + column)], true);
    axes(draw, place, x, y, [fast.name, slow.name]);
  }

  function sphere(field, table) {
    const draw = lay(0.6);
    const [slow, fast] = field.axes;
    const [rows, columns] = [slow.positions.length, fast.positions.length];
    const from = frameOf(field) * rows * columns;
    const narrow = size.width < 560;
    const side = Math.min(size.height - 16, narrow ? size.width - 16 : 0.5 * size.width) * Math.min(1, look.zoom);
    drawGlobe(draw, { left: 8, top: (size.height - side) / 2, side, ratio: size.ratio }, field, (node) => levelOf(field, from + node), table, look);
    if (narrow) return;
    const left = side + 76;
    const wide = size.width - left - 14;
    const place = [left, (size.height - wide / 2) / 2 - 10, wide, wide / 2];
    cells(draw, place, columns, rows, (row, column) => table[levelOf(field, from + row * columns + column)], true);
    axes(draw, place, [0, 360], [-90, 90], ["longitude (degrees)", "latitude"]);
  }

  function draw() {
    const field = current();
    const table = levels(field);
    ({ line, plane, sphere })[field.surface](field, table);
  }

  function wire(redraw) {
    const choices = document.querySelector("#which div");
    if (scene.fields.length < 2) document.getElementById("which").remove();
    else
      scene.fields.forEach((field, k) => {
        const label = document.createElement("label");
        label.innerHTML = `<input type="radio" name="which"><span></span>`;
        label.querySelector("span").textContent = field.name;
        const input = label.querySelector("input");
        input.checked = k === 0;
        input.addEventListener("change", () => {
          look.which = k;
          dress();
          redraw();
        });
        choices.append(label);
      });
    if (!scene.fields.some((field) => field.surface === "sphere")) document.getElementById("poles").remove();
    else turnByHand(canvas, look, redraw);
    each("[data-turn]", (button) =>
      button.addEventListener("click", () => {
        [look.yaw, look.pitch] = button.dataset.turn.split(",").map(Number);
        redraw();
      }),
    );
  }

  function dress() {
    const field = current();
    const table = palette()[field.signed ? "diverging" : "sequential"].filter((_, k) => k % 7 === 0);
    const title = document.createElement("i");
    title.textContent = field.unit ? `${field.name} (${field.unit})` : field.name;
    const marks = [field.low, (field.low + field.high) / 2, field.high].map((v) => `<i>${number(v)}</i>`).join("");
    byId("scales").innerHTML = `<div class="scale"><b>${title.innerHTML}</b><div style="background:linear-gradient(to right, ${table.join(",")})"></div><span>${marks}</span></div>`;
  }

  const caption = () => {
    const field = current();
    const nodes = field.axes.map((axis) => axis.positions.length).join(" × ");
    const turn = field.surface === "sphere" ? " Drag the globe to turn it; N and S are its poles." : "";
    return `${field.times.length} times of ${nodes} nodes.${turn}`;
  };
  const timeAt = () => current().times[frameOf(current())];
  return { draw, wire, dress, caption, timeAt, look, frames };
}
