// The plane on the page: its size, where data lands on it, its colours.
const plane = { width: 0, height: 0, left: 54, top: 8, right: 8, bottom: 44, ratio: 1, x: [0, 1], y: [0, 1] };

const ticksY = () => labelled(plane.y, plane.height / 70, Infinity);

// Takes the room there is and grows the view along one axis, so that equal units stay equally long. The left margin
// holds the labels beside the title of their axis, and they depend on the view in turn.
function layPlane(room) {
  plane.left = 54;
  fill(room);
  plane.left = Math.max(54, Math.ceil(widest(ticksY())) + 32);
  fill(room);
}

function fill(room) {
  const inner = Math.max(120, room - plane.left - plane.right);
  const tall = Math.min(inner * scene.view.aspect, Math.max(300, 0.64 * innerHeight));
  Object.assign(plane, { width: inner, height: tall, ratio: Math.min(2, devicePixelRatio || 1) });
  let { x, y } = scene.view;
  if (scene.view.equal) {
    const wide = (x[1] - x[0]) / inner;
    const high = (y[1] - y[0]) / tall;
    if (wide > high) y = stretched(y, wide / high);
    else x = stretched(x, high / wide);
  }
  Object.assign(plane, { x, y });
}

function stretched([low, high], factor) {
  const centre = (low + high) / 2;
  const half = ((high - low) / 2) * factor;
  return [centre - half, centre + half];
}

const landX = (value) => (plane.width * (value - plane.x[0])) / (plane.x[1] - plane.x[0]);
const landY = (value) => plane.height * (1 - (value - plane.y[0]) / (plane.y[1] - plane.y[0]));

// From u16 words straight to the page: value = scale * word + shift.
function wordsToPage() {
  const x = (landX(scene.box.x[1]) - landX(scene.box.x[0])) / 65535;
  const y = (landY(scene.box.y[1]) - landY(scene.box.y[0])) / 65535;
  return { sx: x, tx: landX(scene.box.x[0]), sy: y, ty: landY(scene.box.y[0]) };
}

// A canvas over the whole figure (axes included) or the plane alone, cleared and scaled to CSS pixels.
function sheet(id, whole) {
  const canvas = document.getElementById(id);
  const { left, top, right, bottom, width, height, ratio } = plane;
  const size = whole ? [left + width + right, top + height + bottom] : [width, height];
  canvas.style.left = whole ? "0" : left + "px";
  canvas.style.top = whole ? "0" : top + "px";
  canvas.style.width = size[0] + "px";
  canvas.style.height = size[1] + "px";
  const pixels = size.map((s) => Math.round(s * ratio));
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  return canvas;
}

function pen(id, whole) {
  const canvas = sheet(id, whole);
  const context = canvas.getContext("2d");
  context.setTransform(plane.ratio, 0, 0, plane.ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}

const timeShade = (time) => shade(palette().sequential, timeFraction(time));
