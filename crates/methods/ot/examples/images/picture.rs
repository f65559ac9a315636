//! A square picture as a law on the unit square.

use thalweg_core::{Measure, Points, Result, Stream};

/// Grey values, row by row.
#[derive(Clone)]
pub struct Picture {
    side: usize,
    values: Vec<f64>,
}

impl Picture {
    /// The pictures of `side x side` values that follow each other.
    pub fn all(side: usize, values: &[f64]) -> Vec<Self> {
        values.chunks_exact(side * side).map(|v| Self { side, values: v.to_vec() }).collect()
    }

    /// The sum of pictures of one size.
    pub fn sum(pictures: &[Self]) -> Option<Self> {
        let mut sum = pictures.first()?.clone();
        for picture in &pictures[1..] {
            sum.values.iter_mut().zip(&picture.values).for_each(|(s, v)| *s += v);
        }
        Some(sum)
    }

    /// `n` draws from the law: a pixel by its value, and a place in it.
    pub fn draw(&self, n: usize, stream: &mut Stream) -> Result<Points> {
        let ends: Vec<f64> =
            self.values.iter().scan(0.0, |sum, v| Some(std::mem::replace(sum, *sum + v) + v)).collect();
        let total = ends.last().copied().unwrap_or(0.0);
        let mut place = || {
            let mark = total * stream.uniform();
            let pixel = ends.partition_point(|end| *end <= mark).min(ends.len() - 1);
            let at = |k: usize, stream: &mut Stream| (k as f64 + stream.uniform()) / self.side as f64;
            [at(pixel % self.side, stream), at(pixel / self.side, stream)]
        };
        Points::new(2, (0..n).flat_map(|_| place()).collect())
    }

    /// The mass of each block of `step x step` pixels at its centre of mass; blocks without mass are left out.
    pub fn blocks(&self, step: usize) -> Result<Measure> {
        let across = self.side / step;
        let mut sums = vec![[0.0; 3]; across * across];
        for (e, v) in self.values.iter().enumerate() {
            let (row, column) = (e / self.side, e % self.side);
            let [mass, x, y] = &mut sums[row / step * across + column / step];
            *mass += v;
            *x += v * (column as f64 + 0.5) / self.side as f64;
            *y += v * (row as f64 + 0.5) / self.side as f64;
        }
        sums.retain(|[mass, ..]| *mass > 0.0);
        let points = Points::new(2, sums.iter().flat_map(|[mass, x, y]| [x / mass, y / mass]).collect())?;
        Measure::new(points, sums.iter().map(|[mass, ..]| *mass).collect())
    }
}
