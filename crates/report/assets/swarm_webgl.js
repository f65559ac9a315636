// Particles on the graphics card: all frames are uploaded once, the vertex shader mixes two of them.

const VERTEX = `#version 300 es
in vec2 a_from; in vec2 a_to; in float a_mass_from; in float a_mass_to;
uniform vec2 u_scale; uniform vec2 u_shift; uniform float u_share; uniform float u_size;
uniform float u_by_mass; uniform float u_time; uniform sampler2D u_palette;
out vec3 v_colour;
void main() {
  vec2 at = mix(a_from, a_to, u_share);
  gl_Position = vec4(at * u_scale + u_shift, 0.0, 1.0);
  gl_PointSize = u_size;
  float gain = mix(a_mass_from, a_mass_to, u_share) * 255.0 / 254.0;
  v_colour = texture(u_palette, vec2(mix(u_time, gain, u_by_mass), mix(0.25, 0.75, u_by_mass))).rgb;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec3 v_colour; uniform float u_alpha; uniform float u_size; out vec4 colour;
void main() {
  float edge = 0.5 * u_size - length((gl_PointCoord - 0.5) * u_size);
  float cover = clamp(edge + 0.5, 0.0, 1.0) * u_alpha;
  colour = vec4(v_colour * cover, cover);
}`;

// A renderer, or null where WebGL 2 is missing.
function webglSwarm(canvas) {
  const gl = canvas.getContext("webgl2", { alpha: true, premultipliedAlpha: true, antialias: false });
  if (!gl) return null;
  const program = link(gl);
  if (!program) return null;
  const place = (name) => gl.getUniformLocation(program, name);
  const { xy, logWeight, count } = scene.particles;
  const positions = upload(gl, xy);
  const masses = logWeight && upload(gl, logWeight);
  let dressed = "";
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);

  const attribute = (name, buffer, size, type, offset) => {
    const slot = gl.getAttribLocation(program, name);
    if (slot < 0) return;
    if (!buffer) {
      gl.disableVertexAttribArray(slot);
      gl.vertexAttrib1f(slot, 127 / 255);
      return;
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(slot);
    gl.vertexAttribPointer(slot, size, type, true, 0, offset);
  };

  return {
    kind: "webgl2",
    shown: count,
    draw({ frame, next, share }, look) {
      if (dressed !== theme()) {
        paintPalette(gl);
        dressed = theme();
      }
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (!look.visible) return;
      const { sx, tx, sy, ty } = wordsToPage();
      gl.uniform2f(place("u_scale"), (2 * 65535 * sx) / plane.width, (-2 * 65535 * sy) / plane.height);
      gl.uniform2f(place("u_shift"), (2 * tx) / plane.width - 1, 1 - (2 * ty) / plane.height);
      gl.uniform1f(place("u_share"), share);
      gl.uniform1f(place("u_size"), 2 * look.radius * plane.ratio);
      gl.uniform1f(place("u_alpha"), look.alpha);
      gl.uniform1f(place("u_by_mass"), look.byMass && masses ? 1 : 0);
      gl.uniform1f(place("u_time"), look.timeFraction);
      attribute("a_from", positions, 2, gl.UNSIGNED_SHORT, 4 * count * frame);
      attribute("a_to", positions, 2, gl.UNSIGNED_SHORT, 4 * count * next);
      attribute("a_mass_from", masses, 1, gl.UNSIGNED_BYTE, count * frame);
      attribute("a_mass_to", masses, 1, gl.UNSIGNED_BYTE, count * next);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}

function link(gl) {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

function upload(gl, array) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, array, gl.STATIC_DRAW);
  return buffer;
}

// Two rows: the sequential map below, the diverging map above.
let paletteTexture = null;
function paintPalette(gl) {
  const rows = [palette().sequential, palette().diverging];
  const texels = new Uint8Array(rows.flat().flatMap((hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)).concat(255)));
  if (!paletteTexture) paletteTexture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, paletteTexture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, rows[0].length, 2, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
  for (const [name, value] of [["MIN_FILTER", "LINEAR"], ["MAG_FILTER", "LINEAR"], ["WRAP_S", "CLAMP_TO_EDGE"], ["WRAP_T", "CLAMP_TO_EDGE"]]) {
    gl.texParameteri(gl.TEXTURE_2D, gl["TEXTURE_" + name], gl[value]);
  }
}
