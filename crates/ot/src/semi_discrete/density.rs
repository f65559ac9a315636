//! A density in the plane: pixels of a regular grid, each of one height.

use super::polygon::Polygon;
use thalweg_core::{Error, Measure, Result};

/// Mass on the pixels of a regular grid in the plane, spread evenly over each.
#[derive(Clone, Debug)]
pub struct Pixels {
    low: [f64; 2],
    size: [f64; 2],
    counts: [usize; 2],
    /// Mass of each pixel, the first coordinate running fastest; the sum is 1.
    mass: Vec<f64>,
    /// Row of the measure at each pixel; none where the grid has a hole.
    rows: Vec<Option<usize>>,
}

/// How far a coordinate may lie from its place on the grid, in pixels.
const SLACK: f64 = 1e-3;

impl Pixels {
    /// The density whose pixels have the points of `measure` as centres. Pixels that are not among them are empty.
    ///
    /// # Errors
    /// Points that are not in the plane, do not lie on a regular grid, lie twice on a pixel, or need far more pixels than
    /// there are points.
    pub fn of(measure: &Measure) -> Result<Self> {
        let points = measure.points();
        if points.dim() != 2 {
            return Err(Error::input(format!(
                "A density of pixels lies in the plane, but the points have {} coordinates.",
                points.dim()
            )));
        }
        let axes = [0, 1].map(|k| axis(points.rows().map(|x| x[k])));
        let [(x0, dx, nx), (y0, dy, ny)] = match axes {
            [Some(x), Some(y)] => [x, y],
            _ => return Err(irregular("their coordinates are not evenly spaced")),
        };
        if nx.checked_mul(ny).is_none_or(|all| all > 64 * measure.len() + 4096) {
            return Err(irregular(&format!("they would fill {nx} by {ny} pixels and are {} points", measure.len())));
        }
        let mut pixels = Self {
            low: [x0 - 0.5 * dx, y0 - 0.5 * dy],
            size: [dx, dy],
            counts: [nx, ny],
            mass: vec![0.0; nx * ny],
            rows: vec![None; nx * ny],
        };
        for (i, (x, w)) in points.rows().zip(measure.probabilities()).enumerate() {
            let place = [(x[0] - x0) / dx, (x[1] - y0) / dy];
            if place.iter().any(|p| (p - p.round()).abs() > SLACK) {
                return Err(irregular(&format!("row {i} (counted from 0) lies between two places")));
            }
            let pixel = place[1].round() as usize * nx + place[0].round() as usize;
            if let Some(other) = pixels.rows[pixel].replace(i) {
                return Err(irregular(&format!("rows {other} and {i} (counted from 0) lie on one place")));
            }
            pixels.mass[pixel] = w;
        }
        Ok(pixels)
    }

    /// Corners of the smallest rectangle that holds every pixel.
    pub(super) fn corners(&self) -> [[f64; 2]; 2] {
        [self.low, [0, 1].map(|k| self.low[k] + self.size[k] * self.counts[k] as f64)]
    }

    /// Number of points whose pixels these are.
    pub(super) fn len(&self) -> usize {
        self.rows.iter().flatten().count()
    }

    /// Row of the measure at a pixel.
    pub(super) fn row(&self, pixel: usize) -> Option<usize> {
        self.rows[pixel]
    }

    /// The density with a part `share` of its mass spread evenly over the whole rectangle.
    pub(super) fn blended(&self, share: f64) -> Self {
        let even = share / self.mass.len() as f64;
        Self { mass: self.mass.iter().map(|m| (1.0 - share) * m + even).collect(), ..self.clone() }
    }

    /// Calls `visit(pixel, mass, integral)` for each pixel that `cell` meets in mass: the integral is that of
    /// `|x - centre|^2` over the part, by mass.
    pub(super) fn over(&self, cell: &Polygon, centre: [f64; 2], mut visit: impl FnMut(usize, f64, f64)) {
        let (mut spare, mut strip, mut part) = (Polygon::default(), Polygon::default(), Polygon::default());
        let area = self.size[0] * self.size[1];
        for row in self.span(cell.extent(1), 1) {
            copy(cell, &mut strip);
            self.between(&mut strip, 1, row, &mut spare);
            if strip.is_empty() {
                continue;
            }
            for column in self.span(strip.extent(0), 0) {
                let pixel = row * self.counts[0] + column;
                if self.mass[pixel] == 0.0 {
                    continue;
                }
                copy(&strip, &mut part);
                self.between(&mut part, 0, column, &mut spare);
                if part.is_empty() {
                    continue;
                }
                let [covered, second] = part.moments(centre);
                let height = self.mass[pixel] / area;
                if covered > 0.0 {
                    visit(pixel, height * covered, height * second);
                }
            }
        }
    }

    /// The integral of the density along a segment.
    pub(super) fn along(&self, p: [f64; 2], q: [f64; 2]) -> f64 {
        let step = [q[0] - p[0], q[1] - p[1]];
        let mut stops = vec![0.0, 1.0];
        for axis in [0, 1] {
            let ends = [p[axis].min(q[axis]), p[axis].max(q[axis])];
            if step[axis] != 0.0 {
                let lines = self.span(ends, axis).map(|k| self.low[axis] + self.size[axis] * k as f64);
                stops.extend(lines.map(|line| (line - p[axis]) / step[axis]).filter(|t| *t > 0.0 && *t < 1.0));
            }
        }
        stops.sort_unstable_by(f64::total_cmp);
        let area = self.size[0] * self.size[1];
        let height = |t: f64| {
            let at = [0, 1].map(|k| {
                let place = (p[k] + t * step[k] - self.low[k]) / self.size[k];
                (place.max(0.0) as usize).min(self.counts[k] - 1)
            });
            self.mass[at[1] * self.counts[0] + at[0]] / area
        };
        let length = step[0].hypot(step[1]);
        stops.windows(2).map(|w| length * (w[1] - w[0]) * height(0.5 * (w[0] + w[1]))).sum()
    }

    /// Pixels along an axis that meet an interval.
    fn span(&self, [low, high]: [f64; 2], axis: usize) -> std::ops::Range<usize> {
        let place = |v: f64| ((v - self.low[axis]) / self.size[axis]).max(0.0) as usize;
        let last = self.counts[axis];
        place(low).min(last)..(place(high) + 1).min(last)
    }

    /// Cuts a polygon down to a row or column of pixels.
    fn between(&self, polygon: &mut Polygon, axis: usize, place: usize, spare: &mut Polygon) {
        let edge = |k: usize| self.low[axis] + self.size[axis] * k as f64;
        let up = [f64::from(u8::from(axis == 0)), f64::from(u8::from(axis == 1))];
        polygon.cut([-up[0], -up[1]], -edge(place), super::polygon::OUTSIDE, spare);
        polygon.cut(up, edge(place + 1), super::polygon::OUTSIDE, spare);
    }
}

fn copy(from: &Polygon, to: &mut Polygon) {
    to.corners.clone_from(&from.corners);
    to.edges.clone_from(&from.edges);
}

/// First coordinate, spacing and number of places of an evenly spaced axis. A single place is a pixel of width 1.
fn axis(values: impl Iterator<Item = f64>) -> Option<(f64, f64, usize)> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = (*values.first()?, *values.last()?);
    if low == high {
        return Some((low, 1.0, 1));
    }
    // Gaps below this are rounding between rows of one place.
    let rounding = 1e-9 * (high - low);
    let spacing = values.windows(2).map(|w| w[1] - w[0]).filter(|g| *g > rounding).fold(f64::INFINITY, f64::min);
    let places = ((high - low) / spacing).round();
    (places < 1e7).then(|| (low, (high - low) / places, places as usize + 1))
}

fn irregular(why: &str) -> Error {
    Error::input(format!("The points are no pixels: {why}."))
        .advise("Give the centres of a regular grid, or match them as points.")
}
