// A field on a sphere, seen from far away: the orthographic projection, with its poles and a net of 30 degrees.
function drawGlobe(draw, { left, top, side, ratio }, field, level, table, look) {
  const [colatitudes, longitudes] = field.axes.map((axis) => axis.positions);
  const count = longitudes.length;
  const pixels = Math.round(side * ratio);
  const image = draw.createImageData(pixels, pixels);
  const [sine, cosine] = [Math.sin(look.pitch), Math.cos(look.pitch)];
  // The position at or before a value, and how far the value lies towards the next.
  const between = (positions, value) => {
    let low = 0;
    let high = positions.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (positions[middle] <= value) low = middle;
      else high = middle;
    }
    const share = (value - positions[low]) / (positions[high] - positions[low] || 1);
    return [low, high, Math.min(1, Math.max(0, share))];
  };
  const turn = 2 * Math.PI;
  for (let row = 0; row < pixels; row++) {
    for (let column = 0; column < pixels; column++) {
      const across = (2 * (column + 0.5)) / pixels - 1;
      const up = 1 - (2 * (row + 0.5)) / pixels;
      const rest = 1 - across * across - up * up;
      if (rest < 0) continue;
      const near = Math.sqrt(rest);
      // Back from what is seen to the sphere: tilted by pitch about the line across.
      const north = up * cosine + near * sine;
      const ahead = near * cosine - up * sine;
      const [above, below, down] = between(colatitudes, Math.acos(Math.min(1, Math.max(-1, north))));
      const longitude = (((Math.atan2(across, ahead) - look.yaw) % turn) + turn) % turn;
      let [west, east, along] = between(longitudes, longitude);
      if (longitude > longitudes[count - 1] || longitude < longitudes[0]) {
        // Across the seam the first longitude follows the last.
        [west, east] = [count - 1, 0];
        const gap = longitudes[0] + turn - longitudes[count - 1];
        along = gap > 0 ? (((longitude - longitudes[count - 1]) % turn + turn) % turn) / gap : 0;
      }
      const mix = (i) => level(i * count + west) * (1 - along) + level(i * count + east) * along;
      image.data.set(table[Math.round(mix(above) * (1 - down) + mix(below) * down)], 4 * (row * pixels + column));
    }
  }
  draw.putImageData(image, Math.round(left * ratio), Math.round(top * ratio));

  const centre = [left + side / 2, top + side / 2];
  const land = (latitude, longitude) => {
    const [flat, north] = [Math.cos(latitude), Math.sin(latitude)];
    const [across, ahead] = [flat * Math.sin(longitude + look.yaw), flat * Math.cos(longitude + look.yaw)];
    const near = ahead * cosine + north * sine;
    return { x: centre[0] + (side / 2) * across, y: centre[1] - (side / 2) * (north * cosine - ahead * sine), near };
  };
  const line = (points) => {
    draw.beginPath();
    let down = false;
    for (const { x, y, near } of points) {
      if (near < 0) down = false;
      else if (down) draw.lineTo(x, y);
      else {
        draw.moveTo(x, y);
        down = true;
      }
    }
    draw.stroke();
  };
  const steps = Array.from({ length: 73 }, (_, k) => k / 72);
  draw.strokeStyle = ink("ink");
  draw.globalAlpha = 0.22;
  draw.lineWidth = 0.7;
  for (let degrees = -60; degrees <= 60; degrees += 30) line(steps.map((s) => land((degrees * Math.PI) / 180, s * turn)));
  for (let degrees = 0; degrees < 360; degrees += 30) line(steps.map((s) => land((s - 0.5) * Math.PI, (degrees * Math.PI) / 180)));
  draw.globalAlpha = 1;
  draw.beginPath();
  draw.arc(...centre, side / 2, 0, turn);
  draw.strokeStyle = ink("edge");
  draw.stroke();
  for (const [name, latitude] of [["N", Math.PI / 2], ["S", -Math.PI / 2]]) {
    const { x, y, near } = land(latitude, 0);
    if (near < -1e-9) continue;
    draw.fillStyle = ink("ink");
    draw.beginPath();
    draw.arc(x, y, 3.5, 0, turn);
    draw.fill();
    draw.font = "600 " + FONT;
    draw.textAlign = "left";
    draw.strokeStyle = ink("paper");
    draw.lineWidth = 3;
    draw.strokeText(name, x + 7, y + 4);
    draw.fillText(name, x + 7, y + 4);
  }
}
