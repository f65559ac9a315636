//! Where the steppers get their normals from.

use thalweg_core::Stream;

/// A source of independent standard normals.
pub trait Noise {
    /// Fills with the next normals, equally many for each row of the block, row after row.
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
}

impl RowNoise {
    /// Streams for the rows `first..first + rows`.
    pub fn new(seed: u64, first: usize, rows: usize) -> Self {
        Self { streams: (first..first + rows).map(|row| Stream::new(seed, "sde", row as u64)).collect() }
    }
}

impl Noise for RowNoise {
    fn normals(&mut self, out: &mut [f64]) {
        let each = (out.len() / self.streams.len().max(1)).max(1);
        for (row, stream) in out.chunks_exact_mut(each).zip(&mut self.streams) {
            stream.fill_normal(row);
        }
    }
}
