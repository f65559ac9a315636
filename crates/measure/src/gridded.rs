//! Planar velocity fields from frames on a grid.

use thalweg_core::{Error, Result, VectorField};

/// Evenly spaced places along a coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The first place.
    pub start: f64,
    /// From a place to the next, positive.
    pub step: f64,
    /// How many, at least 4.
    pub count: usize,
    /// Whether the place after the last is the first again.
    pub periodic: bool,
}

impl Axis {
    /// `count` places from `first` to `last`, both included.
    pub fn between(first: f64, last: f64, count: usize) -> Self {
        Self { start: first, step: (last - first) / (count.max(2) - 1) as f64, count, periodic: false }
    }

    /// `count` places over a period of `length` from `start`; the end of the period is the start.
    pub fn over_period(start: f64, length: f64, count: usize) -> Self {
        Self { start, step: length / count as f64, count, periodic: true }
    }

    /// Place `k`.
    pub fn place(&self, k: usize) -> f64 {
        self.start + self.step * k as f64
    }

    fn check(&self, name: &str) -> Result<()> {
        if self.count >= 4 && self.step > 0.0 && self.step.is_finite() && self.start.is_finite() {
            return Ok(());
        }
        Err(Error::input(format!(
            "The axis {name} has {} places {} apart, but it needs at least 4, and a positive distance.",
            self.count, self.step
        )))
    }

    /// The four places around `at` and their weights in cubic convolution (Keys, IEEE Trans. Acoust. 29, 1981), which is
    /// exact for parabolas and smooth once. Beyond an end, values go on as a parabola; farther out is the end.
    fn stencil(&self, at: f64) -> ([usize; 4], [f64; 4]) {
        let n = self.count;
        let u = (at - self.start) / self.step;
        let u = if self.periodic { u.rem_euclid(n as f64) } else { u.clamp(0.0, (n - 1) as f64) };
        let most = if self.periodic { n - 1 } else { n - 2 };
        let i = (u as usize).min(most);
        let f = u - i as f64;
        let (f2, f3) = (f * f, f * f * f);
        let [a, b, c, d] = [
            0.5 * (-f + 2.0 * f2 - f3),
            0.5 * (2.0 - 5.0 * f2 + 3.0 * f3),
            0.5 * (f + 4.0 * f2 - 3.0 * f3),
            0.5 * (f3 - f2),
        ];
        if self.periodic {
            return ([(i + n - 1) % n, i, (i + 1) % n, (i + 2) % n], [a, b, c, d]);
        }
        // The value beyond an end is 3 v_0 - 3 v_1 + v_2.
        if i == 0 {
            ([0, 1, 2, 3], [b + 3.0 * a, c - 3.0 * a, d + a, 0.0])
        } else if i == n - 2 {
            ([n - 4, n - 3, n - 2, n - 1], [0.0, a + d, b - 3.0 * d, c + 3.0 * d])
        } else {
            ([i - 1, i, i + 1, i + 2], [a, b, c, d])
        }
    }
}

/// A planar velocity from frames on a grid: bicubic in space, and in time cubic where there are four evenly spaced frames or
/// more (steps then need not end at each), else linear.
///
/// Beyond the grid it is that of the nearest edge, and before the first frame and after the last that of the frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Gridded {
    x: Axis,
    y: Axis,
    times: Vec<f64>,
    /// The times as places, where they are even.
    clock: Option<Axis>,
    /// `times x y x x x 2`.
    values: Vec<f64>,
}

/// How much the spacing of even times may differ, relative to itself.
const EVEN: f64 = 1e-6;

/// Times as evenly spaced places, where they are.
fn clock(times: &[f64]) -> Option<Axis> {
    let [first, .., last] = *times else { return None };
    let axis = Axis::between(first, last, times.len());
    let even = times.iter().enumerate().all(|(k, t)| (t - axis.place(k)).abs() <= EVEN * axis.step);
    (times.len() >= 4 && even).then_some(axis)
}

impl Gridded {
    /// The field whose components at time `times[k]`, row `j` of `y` and column `i` of `x` are
    /// `values[((k * ny + j) * nx + i) * 2 ..]`.
    ///
    /// # Errors
    /// An axis of fewer than 4 places; times that do not increase; another number of values; one that is not finite.
    pub fn new(x: Axis, y: Axis, times: Vec<f64>, values: Vec<f64>) -> Result<Self> {
        x.check("x")?;
        y.check("y")?;
        if times.is_empty() || times.windows(2).any(|w| w[0] >= w[1]) || times.iter().any(|t| !t.is_finite()) {
            return Err(Error::input("The times of the frames must be finite and increase, and there must be one."));
        }
        if values.len() != times.len() * y.count * x.count * 2 {
            return Err(Error::input(format!(
                "{} values cannot be {} frames of {} rows, {} columns and 2 components.",
                values.len(),
                times.len(),
                y.count,
                x.count
            )));
        }
        if let Some(k) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::input(format!("Value {k} of the velocity is {}, but must be finite.", values[k]))
                .advise("Fill what a measurement left out before."));
        }
        let clock = clock(&times);
        Ok(Self { x, y, times, clock, values })
    }

    /// A field that does not change in time.
    ///
    /// # Errors
    /// As [`Gridded::new`].
    pub fn steady(x: Axis, y: Axis, values: Vec<f64>) -> Result<Self> {
        Self::new(x, y, vec![0.0], values)
    }

    /// The axes, x first.
    pub fn axes(&self) -> (Axis, Axis) {
        (self.x, self.y)
    }

    /// `factor` times the Laplacian of each component, by differences of second order.
    pub fn laplacian(&self, factor: f64) -> Self {
        let (nx, ny) = (self.x.count, self.y.count);
        let mut values = vec![0.0; self.values.len()];
        let second = |axis: &Axis, k: usize| -> [usize; 3] {
            let n = axis.count;
            match (axis.periodic, k) {
                (true, _) => [(k + n - 1) % n, k, (k + 1) % n],
                // At an end the parabola through the next three.
                (false, 0) => [0, 1, 2],
                (false, k) if k == n - 1 => [n - 3, n - 2, n - 1],
                (false, k) => [k - 1, k, k + 1],
            }
        };
        for (frame, out) in self.values.chunks_exact(2 * nx * ny).zip(values.chunks_exact_mut(2 * nx * ny)) {
            for j in 0..ny {
                let [below, middle, above] = second(&self.y, j);
                for i in 0..nx {
                    let [left, centre, right] = second(&self.x, i);
                    for c in 0..2 {
                        let at = |j: usize, i: usize| frame[(j * nx + i) * 2 + c];
                        let xx = (at(j, left) - 2.0 * at(j, centre) + at(j, right)) / (self.x.step * self.x.step);
                        let yy = (at(below, i) - 2.0 * at(middle, i) + at(above, i)) / (self.y.step * self.y.step);
                        out[(j * nx + i) * 2 + c] = factor * (xx + yy);
                    }
                }
            }
        }
        Self { values, times: self.times.clone(), ..*self }
    }

    /// The frames around a time with their weights.
    fn frames(&self, t: f64) -> ([usize; 4], [f64; 4]) {
        if let Some(clock) = &self.clock {
            return clock.stencil(t);
        }
        let after = self.times.partition_point(|s| *s <= t);
        if after == 0 || after == self.times.len() {
            return ([after.saturating_sub(1); 4], [1.0, 0.0, 0.0, 0.0]);
        }
        let (a, b) = (self.times[after - 1], self.times[after]);
        let late = (t - a) / (b - a);
        ([after - 1, after, after, after], [1.0 - late, late, 0.0, 0.0])
    }
}

impl VectorField for Gridded {
    fn dim(&self) -> usize {
        2
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let (nx, size) = (self.x.count, 2 * self.x.count * self.y.count);
        let (frames, weights) = self.frames(t);
        let frames: Vec<(&[f64], f64)> = frames
            .iter()
            .zip(weights)
            .filter(|(_, weight)| *weight != 0.0)
            .map(|(frame, weight)| (&self.values[frame * size..][..size], weight))
            .collect();
        for (at, out) in x.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            let ((columns, wx), (rows, wy)) = (self.x.stencil(at[0]), self.y.stencil(at[1]));
            let mut sum = [0.0; 2];
            for (frame, weight) in &frames {
                for (row, wy) in rows.iter().zip(wy) {
                    let mut across = [0.0; 2];
                    for (column, wx) in columns.iter().zip(wx) {
                        let place = (row * nx + column) * 2;
                        across[0] += wx * frame[place];
                        across[1] += wx * frame[place + 1];
                    }
                    sum[0] += weight * wy * across[0];
                    sum[1] += weight * wy * across[1];
                }
            }
            out.copy_from_slice(&sum);
        }
    }

    fn kinks(&self) -> Vec<f64> {
        match (&self.clock, &self.times[..]) {
            (Some(_), [first, .., last]) => vec![*first, *last],
            _ => self.times.clone(),
        }
    }
}
