// Particles on a plain canvas, where WebGL 2 is missing. It draws one by one, so of many it draws a part.
const MOST_ON_CANVAS = 20000;

function canvasSwarm(canvas) {
  const context = canvas.getContext("2d");
  const { xy, logWeight, count } = scene.particles;
  const stride = Math.ceil(count / MOST_ON_CANVAS);
  return {
    kind: "canvas2d",
    shown: Math.ceil(count / stride),
    draw({ frame, next, share }, look) {
      context.setTransform(plane.ratio, 0, 0, plane.ratio, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (!look.visible) return;
      const { sx, tx, sy, ty } = wordsToPage();
      const [from, to] = [2 * count * frame, 2 * count * next];
      const side = 1.8 * look.radius;
      const diverging = palette().diverging;
      context.globalAlpha = look.alpha;
      context.fillStyle = shade(palette().sequential, look.timeFraction);
      for (let i = 0; i < count; i += stride) {
        if (look.byMass && logWeight) {
          const gain = logWeight[count * frame + i] * (1 - share) + logWeight[count * next + i] * share;
          context.fillStyle = shade(diverging, gain / 254);
        }
        const x = xy[from + 2 * i] * (1 - share) + xy[to + 2 * i] * share;
        const y = xy[from + 2 * i + 1] * (1 - share) + xy[to + 2 * i + 1] * share;
        context.fillRect(sx * x + tx - side / 2, sy * y + ty - side / 2, side, side);
      }
    },
  };
}
