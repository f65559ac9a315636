//! What a page shows of a match: bounded samples of both clouds, of where the source goes, and of the plan.

use super::Cloud;
use super::space::Space;
use super::sweep::Swept;
use std::path::Path;
use thalweg_core::{Context, Error, Points, Result, Stream};
use thalweg_io::{Npz, NpzWriter, read_npz};

const FILE: &str = "picture.npz";
/// Most points kept of a cloud.
const MOST: usize = 8000;
/// Sources whose entries are drawn as lines, and most lines of each.
const LINED: usize = 400;
const LINES: usize = 5;
/// Features whose moments are kept.
const FEATURES: usize = 60;

/// Samples of a match.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Sample of the source.
    pub source: Points,
    /// Where the plan sends these points on average.
    pub image: Points,
    /// Sample of the target.
    pub target: Points,
    /// Some entries of the plan.
    pub lines: Lines,
    /// Weighted moments of the first features.
    pub moments: Vec<Moments>,
}

/// Entries of the plan as lines from a source to a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// Where each begins.
    pub from: Points,
    /// Where each ends.
    pub to: Points,
    /// Its mass over the largest mass drawn, in (0, 1].
    pub mass: Vec<f64>,
}

/// Mean and standard deviation of a feature: of the source, of its image and of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Of the source, weighted by the mass sent.
    pub source: [f64; 2],
    /// Of the image, weighted by the mass sent.
    pub image: [f64; 2],
    /// Of the target, weighted by the mass received.
    pub target: [f64; 2],
}

/// Which rows of both sides a picture has.
pub(super) struct Chosen {
    sources: Vec<usize>,
    targets: Vec<usize>,
}

impl Chosen {
    /// Rows with weight, drawn under the seed of the context.
    pub(super) fn new(space: &Space, ctx: &Context) -> Self {
        let rows = |weights: &[f64], purpose: &str| -> Vec<usize> {
            let mut rows = Stream::new(ctx.seed(), purpose, 0).permutation(weights.len());
            rows.retain(|&i| weights[i] > 0.0);
            rows.truncate(MOST);
            rows
        };
        Self {
            sources: rows(space.source.weights(), "match-source"),
            targets: rows(space.target.weights(), "match-target"),
        }
    }

    /// Sources whose entries are drawn, increasing, and most of each.
    pub(super) fn watched(&self) -> (Vec<usize>, usize) {
        let mut watched = self.sources[..self.sources.len().min(LINED)].to_vec();
        watched.sort_unstable();
        (watched, LINES)
    }
}

/// Draws the samples of a match.
pub(super) fn draw((source, target): (&Cloud, &Cloud), chosen: &Chosen, swept: &Swept) -> Picture {
    Picture {
        source: source.points.select(&chosen.sources),
        image: swept.image.select(&chosen.sources),
        target: target.points.select(&chosen.targets),
        lines: lines(source, target, swept),
        moments: moments(source, target, swept),
    }
}

/// The heaviest kept entries of the watched sources.
fn lines(source: &Cloud, target: &Cloud, swept: &Swept) -> Lines {
    let largest = swept.watched.iter().map(|(_, e)| e.mass).fold(0.0, f64::max);
    let (from, to): (Vec<usize>, Vec<usize>) = swept.watched.iter().map(|(i, e)| (*i, e.target as usize)).unzip();
    Lines {
        from: source.points.select(&from),
        to: target.points.select(&to),
        mass: swept.watched.iter().map(|(_, e)| e.mass / largest).collect(),
    }
}

/// Moments of the features that all three have: of clouds in different spaces, none.
fn moments(source: &Cloud, target: &Cloud, swept: &Swept) -> Vec<Moments> {
    if source.features != target.features {
        return Vec::new();
    }
    let of = |points: &Points, weights: &[f64], k: usize| {
        let mass: f64 = weights.iter().sum();
        let mean = points.rows().zip(weights).map(|(x, w)| w * x[k]).sum::<f64>() / mass;
        let variance = points.rows().zip(weights).map(|(x, w)| w * (x[k] - mean).powi(2)).sum::<f64>() / mass;
        [mean, variance.sqrt()]
    };
    (0..source.points.dim().min(FEATURES))
        .map(|k| Moments {
            source: of(&source.points, &swept.sent, k),
            image: of(&swept.image, &swept.sent, k),
            target: of(&target.points, &swept.received, k),
        })
        .collect()
}

impl Picture {
    pub(super) fn save(&self, root: &Path) -> Result<()> {
        let matrix = |file: NpzWriter, name: &str, points: &Points| {
            file.f64(name, &[points.len(), points.dim()], points.values().to_vec())
        };
        let mut file = NpzWriter::new();
        let clouds = [("source", &self.source), ("image", &self.image), ("target", &self.target)];
        for (name, points) in clouds.into_iter().chain([("line_from", &self.lines.from), ("line_to", &self.lines.to)]) {
            file = matrix(file, name, points)?;
        }
        let moments = self.moments.iter().flat_map(|m| [m.source, m.image, m.target].concat()).collect();
        file.f64("line_mass", &[self.lines.mass.len()], self.lines.mass.clone())?
            .f64("moments", &[self.moments.len(), 6], moments)?
            .write(&root.join(FILE))
    }

    /// Reads the samples of the match in `root`.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let mut arrays = read_npz(&path, None)?;
        let parsed = parse(&mut arrays).map_err(|e| e.within(path.display()))?;
        // Clouds that are matched by relations alone may live in two spaces.
        let (from, to) = (parsed.source.dim(), parsed.target.dim());
        let fits = parsed.lines.from.dim() == from && parsed.image.dim() == to && parsed.lines.to.dim() == to;
        let all = [&parsed.source, &parsed.image, &parsed.target, &parsed.lines.from, &parsed.lines.to];
        let counts = [parsed.image.len() == parsed.source.len(), parsed.lines.from.len() == parsed.lines.mass.len()];
        if !fits
            || !counts.iter().all(|c| *c)
            || parsed.lines.to.len() != parsed.lines.mass.len()
            || parsed.source.is_empty()
            || parsed.target.is_empty()
        {
            return Err(Error::input(format!(
                "{} is damaged: its arrays are empty or have different lengths.",
                path.display()
            ))
            .advise("Repeat the command of the match into another folder."));
        }
        all.iter().try_for_each(|p| p.check_finite()).map_err(|e| e.within(path.display()))?;
        Ok(parsed)
    }
}

fn parse(arrays: &mut Npz) -> Result<Picture> {
    let mut matrix = |name: &str| -> Result<Points> {
        let array = arrays.take(name)?;
        Points::new(array.shape.get(1).copied().unwrap_or(0), array.numbers()?)
    };
    let (source, image, target) = (matrix("source")?, matrix("image")?, matrix("target")?);
    let (from, to, moments) = (matrix("line_from")?, matrix("line_to")?, matrix("moments")?);
    let moments = moments
        .rows()
        .filter(|row| row.len() == 6)
        .map(|m| Moments { source: [m[0], m[1]], image: [m[2], m[3]], target: [m[4], m[5]] })
        .collect();
    let mass = arrays.take("line_mass")?.numbers()?;
    Ok(Picture { source, image, target, lines: Lines { from, to, mass }, moments })
}
