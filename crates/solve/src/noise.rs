//! Where the steppers get their normals from.

use thalweg_core::Stream;

/// A source of independent standard normals, one a component of the flat vector.
pub trait Noise {
    /// Fills with the next normals.
    fn normals(&mut self, out: &mut [f64]);
}

/// No noise: zeros, for equations without diffusion.
pub struct Quiet;

impl Noise for Quiet {
    fn normals(&mut self, out: &mut [f64]) {
        out.fill(0.0);
    }
}

/// One stream a row, keyed by (seed, `"sde"`, row), so that the path of a row depends neither on the rows
/// beside it nor on the order in which blocks run.
pub struct RowNoise {
    streams: Vec<Stream>,
    dim: usize,
}

impl RowNoise {
    /// Streams for the rows `first..first + rows` of `dim` coordinates.
    pub fn new(seed: u64, first: usize, rows: usize, dim: usize) -> Self {
        let streams = (first..first + rows).map(|row| Stream::new(seed, "sde", row as u64)).collect();
        Self { streams, dim }
    }
}

impl Noise for RowNoise {
    fn normals(&mut self, out: &mut [f64]) {
        let (coordinates, extras) = out.split_at_mut(self.streams.len() * self.dim);
        for (row, stream) in coordinates.chunks_exact_mut(self.dim).zip(&mut self.streams) {
            stream.fill_normal(row);
        }
        extras.fill(0.0);
    }
}
