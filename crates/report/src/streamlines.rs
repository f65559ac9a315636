//! Evenly spaced streamlines of a gridded velocity, only where there is data.
//!
//! After Jobard and Lefer, "Creating evenly-spaced streamlines of arbitrary density" (1997): lines are seeded at
//! one separation from earlier lines and end when they come nearer than half of it to one. Lengths are measured
//! in page coordinates (the longer side of the view is one), so that the spacing looks even.

use crate::scene::VelocityGrid;
use crate::view::View;
use std::collections::HashMap;

/// One line with the speed along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Streamline {
    /// Positions in view units, in the direction of the flow.
    pub points: Vec<[f64; 2]>,
    /// Speed at each position over the largest speed of the grid, in 0..1, in page coordinates.
    pub speed: Vec<f32>,
}

/// Distance between lines, as a fraction of the longer side of the view.
pub const SEPARATION: f64 = 0.026;
/// Lines stop after this length to each side: long enough to cross the view.
const LONGEST: f64 = 1.5;
/// Slower than this fraction of the largest speed counts as standing still.
const STILL: f64 = 1e-3;

/// Evenly spaced streamlines of one grid. Cost: linear in the total number of points drawn.
pub fn streamlines(grid: &VelocityGrid, view: View, separation: f64) -> Vec<Streamline> {
    let field = Field::new(grid, view);
    let Some(start) = field.fastest_node() else { return Vec::new() };
    let mut sheet = Sheet { separation, cells: HashMap::new() };
    let mut lines: Vec<Vec<Knot>> = Vec::new();
    let mut draw = |seed: [f64; 2], lines: &mut Vec<Vec<Knot>>| {
        if let Some(line) = trace(&field, &sheet, seed) {
            sheet.add(&line);
            lines.push(line);
        }
    };
    draw(start, &mut lines);
    let mut next = 0;
    // Neighbours of drawn lines first; the nodes afterwards reach the islands of data that no line touches.
    while next < lines.len() {
        for seed in beside(&lines[next], separation) {
            draw(seed, &mut lines);
        }
        next += 1;
    }
    for seed in field.nodes_with_data() {
        draw(seed, &mut lines);
    }
    lines.into_iter().map(|line| field.to_view(&line)).collect()
}

/// A point of a line in page coordinates with its relative speed.
#[derive(Clone, Copy)]
struct Knot {
    at: [f64; 2],
    speed: f64,
}

/// The grid in page coordinates.
struct Field<'a> {
    grid: &'a VelocityGrid,
    scale: [f64; 2],
    /// First node and node spacing.
    origin: [f64; 2],
    spacing: [f64; 2],
    fastest: f64,
}

impl<'a> Field<'a> {
    fn new(grid: &'a VelocityGrid, view: View) -> Self {
        let scale = view.scale();
        let origin = [grid.x[0] / scale[0], grid.y[0] / scale[1]];
        let spacing = [
            (grid.x[1] - grid.x[0]) / (grid.nx - 1) as f64 / scale[0],
            (grid.y[1] - grid.y[0]) / (grid.ny - 1) as f64 / scale[1],
        ];
        let mut field = Self { grid, scale, origin, spacing, fastest: 0.0 };
        field.fastest = (0..grid.uv.len()).filter(|k| grid.data[*k]).map(|k| length(field.at(k))).fold(0.0, f64::max);
        field
    }

    fn at(&self, node: usize) -> [f64; 2] {
        let [u, v] = self.grid.uv[node];
        [u / self.scale[0], v / self.scale[1]]
    }

    fn node(&self, k: usize) -> [f64; 2] {
        let (i, j) = (k % self.grid.nx, k / self.grid.nx);
        [self.origin[0] + i as f64 * self.spacing[0], self.origin[1] + j as f64 * self.spacing[1]]
    }

    fn fastest_node(&self) -> Option<[f64; 2]> {
        let seeds = self.nodes_with_data().filter_map(|p| Some((p, length(self.velocity(p)?))));
        let best = seeds.fold(None, |best: Option<([f64; 2], f64)>, next| match best {
            Some(b) if b.1 >= next.1 => Some(b),
            _ => Some(next),
        });
        best.filter(|(_, speed)| *speed > 0.0).map(|(p, _)| p)
    }

    /// Nodes with data, moved a little inside so that a corner of a patch can seed a line.
    fn nodes_with_data(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        (0..self.grid.data.len()).filter(|k| self.grid.data[*k]).map(|k| {
            let [x, y] = self.node(k);
            [x + 0.01 * self.spacing[0], y + 0.01 * self.spacing[1]]
        })
    }

    /// Bilinear velocity, or none outside the grid and in a cell that has a corner without data.
    fn velocity(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let cell = |k: usize, n: usize| {
            let r = (at[k] - self.origin[k]) / self.spacing[k];
            (r >= 0.0 && r < (n - 1) as f64).then(|| (r as usize, r.fract()))
        };
        let ((i, fx), (j, fy)) = (cell(0, self.grid.nx)?, cell(1, self.grid.ny)?);
        let corner = j * self.grid.nx + i;
        let mut out = [0.0; 2];
        for (node, share) in [
            (corner, (1.0 - fx) * (1.0 - fy)),
            (corner + 1, fx * (1.0 - fy)),
            (corner + self.grid.nx, (1.0 - fx) * fy),
            (corner + self.grid.nx + 1, fx * fy),
        ] {
            if !self.grid.data[node] {
                return None;
            }
            let v = self.at(node);
            out = [out[0] + share * v[0], out[1] + share * v[1]];
        }
        Some(out)
    }

    /// Unit direction and relative speed; none where there is no data or nothing moves.
    fn direction(&self, at: [f64; 2]) -> Option<([f64; 2], f64)> {
        let v = self.velocity(at)?;
        let speed = length(v);
        (speed > STILL * self.fastest).then(|| ([v[0] / speed, v[1] / speed], speed / self.fastest))
    }

    /// One classical Runge-Kutta step of arc length `h` (negative against the flow).
    fn step(&self, at: [f64; 2], h: f64) -> Option<[f64; 2]> {
        let ahead = |d: [f64; 2], share: f64| [at[0] + share * h * d[0], at[1] + share * h * d[1]];
        let (a, _) = self.direction(at)?;
        let (b, _) = self.direction(ahead(a, 0.5))?;
        let (c, _) = self.direction(ahead(b, 0.5))?;
        let (d, _) = self.direction(ahead(c, 1.0))?;
        let mean = |k: usize| (a[k] + 2.0 * b[k] + 2.0 * c[k] + d[k]) / 6.0;
        Some(ahead([mean(0), mean(1)], 1.0))
    }

    fn to_view(&self, line: &[Knot]) -> Streamline {
        Streamline {
            points: line.iter().map(|k| [0, 1].map(|i| k.at[i] * self.scale[i])).collect(),
            speed: line.iter().map(|k| k.speed as f32).collect(),
        }
    }
}

/// Knots already drawn, in square cells of one separation.
struct Sheet {
    separation: f64,
    cells: HashMap<(i64, i64), Vec<[f64; 2]>>,
}

impl Sheet {
    fn cell(&self, at: [f64; 2]) -> (i64, i64) {
        ((at[0] / self.separation).floor() as i64, (at[1] / self.separation).floor() as i64)
    }

    fn add(&mut self, line: &[Knot]) {
        for knot in line {
            let cell = self.cell(knot.at);
            self.cells.entry(cell).or_default().push(knot.at);
        }
    }

    fn is_free(&self, at: [f64; 2], distance: f64) -> bool {
        let (i, j) = self.cell(at);
        (i - 1..=i + 1)
            .flat_map(|i| (j - 1..=j + 1).map(move |j| (i, j)))
            .filter_map(|cell| self.cells.get(&cell))
            .flatten()
            .all(|p| length([p[0] - at[0], p[1] - at[1]]) >= distance)
    }
}

/// The line through a seed, or none when the seed is too near to another line or the line too short.
fn trace(field: &Field, sheet: &Sheet, seed: [f64; 2]) -> Option<Vec<Knot>> {
    // A seed lies one separation from its parent up to rounding.
    if !sheet.is_free(seed, 0.98 * sheet.separation) {
        return None;
    }
    let (_, speed) = field.direction(seed)?;
    let mut line = follow(field, sheet, seed, -1.0, &[]);
    line.reverse();
    line.push(Knot { at: seed, speed });
    let ahead = follow(field, sheet, seed, 1.0, &line);
    line.extend(ahead);
    (line.len() as f64 * spacing(sheet) >= 1.2 * sheet.separation).then_some(line)
}

fn spacing(sheet: &Sheet) -> f64 {
    0.2 * sheet.separation
}

/// Knots from a seed onwards, without the seed; `tail` is the other half of the line, which ends at the seed.
fn follow(field: &Field, sheet: &Sheet, seed: [f64; 2], sense: f64, tail: &[Knot]) -> Vec<Knot> {
    let h = spacing(sheet);
    let mut knots: Vec<Knot> = Vec::new();
    let mut at = seed;
    while (knots.len() as f64) * h < LONGEST {
        let Some(next) = field.step(at, sense * h) else { break };
        let Some((_, speed)) = field.direction(next) else { break };
        if !sheet.is_free(next, 0.5 * sheet.separation) || comes_back(next, &knots, tail, h) {
            break;
        }
        knots.push(Knot { at: next, speed });
        at = next;
    }
    knots
}

/// Whether a line meets its own earlier part, as on a closed orbit or a tight spiral.
fn comes_back(at: [f64; 2], knots: &[Knot], tail: &[Knot], h: f64) -> bool {
    // The last knots are near by construction.
    const RECENT: usize = 8;
    let own = knots.iter().rev().skip(RECENT);
    let other = tail.iter().rev().skip(RECENT.saturating_sub(knots.len()));
    own.chain(other).any(|k| length([k.at[0] - at[0], k.at[1] - at[1]]) < 0.9 * h)
}

/// Seeds at one separation to both sides of a line.
fn beside(line: &[Knot], separation: f64) -> Vec<[f64; 2]> {
    let mut seeds = Vec::new();
    for pair in line.windows(2).step_by(3) {
        let (a, b) = (pair[0].at, pair[1].at);
        let gap = length([b[0] - a[0], b[1] - a[1]]);
        let normal = [-(b[1] - a[1]) / gap, (b[0] - a[0]) / gap];
        for side in [separation, -separation] {
            seeds.push([a[0] + side * normal[0], a[1] + side * normal[1]]);
        }
    }
    seeds
}

fn length(v: [f64; 2]) -> f64 {
    v[0].hypot(v[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Span;

    fn view() -> View {
        let span = Span { low: -1.0, high: 1.0 };
        View { x: span, y: span, equal: true }
    }

    fn grid(data: impl Fn(f64, f64) -> bool, flow: impl Fn(f64, f64) -> [f64; 2]) -> VelocityGrid {
        let n = 41;
        let at = |k: usize| -1.0 + 2.0 * k as f64 / (n - 1) as f64;
        let nodes = (0..n * n).map(|k| (at(k % n), at(k / n)));
        VelocityGrid {
            time: 0.0,
            x: [-1.0, 1.0],
            y: [-1.0, 1.0],
            nx: n,
            ny: n,
            uv: nodes.clone().map(|(x, y)| flow(x, y)).collect(),
            data: nodes.map(|(x, y)| data(x, y)).collect(),
        }
    }

    #[test]
    fn lines_of_a_rotation_are_circles_run_anticlockwise() {
        let grid = grid(|_, _| true, |x, y| [-y, x]);
        let lines = streamlines(&grid, view(), 0.05);
        assert!(lines.len() > 8);
        for line in &lines {
            let radius = |p: &[f64; 2]| p[0].hypot(p[1]);
            let first = radius(&line.points[0]);
            assert!(line.points.iter().all(|p| (radius(p) - first).abs() < 2e-5), "radius drifts from {first}");
            let turns = line.points.windows(2).map(|w| w[0][0] * w[1][1] - w[0][1] * w[1][0]);
            assert!(turns.into_iter().all(|cross| cross > 0.0));
            for (p, speed) in line.points.iter().zip(&line.speed) {
                assert!((f64::from(*speed) - radius(p) / 2f64.sqrt()).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn no_line_enters_a_cell_without_data() {
        let ring = |x: f64, y: f64| (0.4..0.9).contains(&x.hypot(y)) && !(x > 0.0 && y.abs() < 0.1);
        let grid = grid(ring, |x, y| [-y + 0.3 * x, x + 0.2]);
        let lines = streamlines(&grid, view(), 0.04);
        assert!(lines.len() > 5);
        for p in lines.iter().flat_map(|l| &l.points) {
            let cell = |v: f64| (((v + 1.0) / 0.05) as usize).min(39);
            let (i, j) = (cell(p[0]), cell(p[1]));
            let corners = [(i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1)];
            assert!(corners.iter().all(|(i, j)| grid.data[j * 41 + i]), "{p:?} is in a cell without data");
        }
    }

    #[test]
    fn lines_keep_their_distance() {
        let lines = streamlines(&grid(|_, _| true, |_, y| [1.0, 0.3 * (3.0 * y).sin()]), view(), 0.05);
        for (a, line) in lines.iter().enumerate() {
            for other in &lines[a + 1..] {
                let near =
                    line.points.iter().flat_map(|p| other.points.iter().map(move |q| (p[0] - q[0]).hypot(p[1] - q[1])));
                // Half a separation in page coordinates, where the view is two units wide.
                assert!(near.fold(f64::MAX, f64::min) >= 0.5 * 0.05 * 2.0 - 1e-5);
            }
        }
    }

    #[test]
    fn a_field_at_rest_and_a_grid_without_data_have_no_lines() {
        assert!(streamlines(&grid(|_, _| true, |_, _| [0.0, 0.0]), view(), 0.05).is_empty());
        assert!(streamlines(&grid(|_, _| false, |_, _| [f64::NAN; 2]), view(), 0.05).is_empty());
    }
}
