//! The particles of the animation: points of the first snapshot on their way to the last.

use super::groups;
use crate::plane::Plane;
use crate::scene::Particles;
use thalweg_core::{Context, Result, Stream, Trajectory};
use thalweg_nn::Model;
use thalweg_run::{Observed, simulate};
use thalweg_solve::SaveAt;

/// Particles of the animation at most; the page stays a few megabytes.
const PARTICLES: usize = 4000;
/// Frames from the first to the last snapshot, unless there are more snapshots than that.
const FRAMES: usize = 61;

/// Points of the first snapshot moved to the last time.
pub fn moved(model: &Model, observed: &Observed, span: (f64, f64), ctx: &Context) -> Result<Trajectory> {
    let groups = groups(&observed.times);
    let times: Vec<f64> = groups.iter().map(|g| observed.times[g.start]).collect();
    let frames = frames(&times);
    // Many snapshots need many frames, for which fewer particles make room.
    let most = PARTICLES * FRAMES / frames.len().max(FRAMES);
    let first = groups.into_iter().next().unwrap_or(0..0);
    let rows = chosen(&observed.weights[first], most, &mut Stream::new(ctx.seed(), "particles", 0));
    simulate(model, &observed.points.select(&rows), span, SaveAt::Times(frames), ctx)
}

/// Times of the frames: those of the snapshots, where the picture is compared with data, and as many between any two of
/// them, since each interval has a motion of its own, however short it is.
fn frames(snapshots: &[f64]) -> Vec<f64> {
    let share = ((FRAMES - 1) / (snapshots.len() - 1).max(1)).max(1);
    let mut frames = vec![snapshots[0]];
    for pair in snapshots.windows(2) {
        let between = (1..share).map(|k| pair[0] + (pair[1] - pair[0]) * k as f64 / share as f64);
        // Times that no number lies between have no frame there.
        frames.extend(between.filter(|t| *t > pair[0] && *t < pair[1]));
        frames.push(pair[1]);
    }
    frames.dedup();
    frames
}

/// Rows of at most `most` particles of equal mass: each row once where the weights are equal and it fits, else drawn in
/// proportion to the weights.
fn chosen(weights: &[f64], most: usize, stream: &mut Stream) -> Vec<usize> {
    if weights.iter().all(|w| *w == weights[0]) {
        let mut rows = stream.permutation(weights.len());
        rows.truncate(most);
        return rows;
    }
    let sums: Vec<f64> = weights
        .iter()
        .scan(0.0, |sum, w| {
            Some({
                *sum += w;
                *sum
            })
        })
        .collect();
    let (count, total) = (weights.len().min(most), sums[sums.len() - 1]);
    // One point a stratum: the shares are met as closely as whole particles can.
    let at = |k: usize, u: f64| (k as f64 + u) / count as f64 * total;
    (0..count).map(|k| sums.partition_point(|s| *s <= at(k, stream.uniform())).min(sums.len() - 1)).collect()
}

/// The path as the page draws it.
pub fn particles(path: &Trajectory, plane: &Plane) -> Particles {
    let log_weight = (!path.log_weights.is_empty())
        .then(|| path.log_weights.iter().map(|frame| frame.iter().map(|w| *w as f32).collect()).collect());
    let xy = path.times.iter().zip(&path.states).map(|(t, s)| plane.points(*t, s)).collect();
    Particles { times: path.times.clone(), xy, log_weight }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Points;

    #[test]
    fn particles_share_the_weights() {
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "test", 0);
            assert_eq!(chosen(&[2.0; 5000], PARTICLES, &mut stream).len(), PARTICLES);
            let weights: Vec<f64> = (0..1000).map(|k| if k < 100 { 9.0 } else { 1.0 }).collect();
            let heavy = chosen(&weights, PARTICLES, &mut stream).into_iter().filter(|i| *i < 100).count();
            // Half of the mass; a stratum may lie across the border.
            assert!(heavy.abs_diff(500) <= 1, "{heavy}");
        }
    }

    #[test]
    fn each_interval_has_its_frames_and_each_snapshot_one() {
        let times = [0.0, 1.0, 2.0, 24.0, 168.0];
        let found = frames(&times);
        assert_eq!(found.len(), FRAMES);
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        for pair in times.windows(2) {
            assert!(found.contains(&pair[0]) && found.contains(&pair[1]));
            assert_eq!(found.iter().filter(|t| **t >= pair[0] && **t < pair[1]).count(), 15);
        }
        let many: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(frames(&many), many);
        // Neighbouring numbers have none between them.
        let close = [1.7e9, 1.7e9_f64.next_up(), 1.8e9];
        assert_eq!(frames(&close)[..2], close[..2]);
    }

    /// dx = -x dtau, where a clock gives tau = 1 at time 1 and 2 at time 100: what the page shows at time 1 is the law there,
    /// not a chord past it.
    #[test]
    fn the_picture_at_a_snapshot_is_the_law_there() {
        let law = serde_json::json!({
            "method": "by-hand", "features": ["x"], "times": [0.0, 1.0, 100.0],
            "scaling": {"mean": [0.0], "scale": [1.0], "clock": {"times": [0.0, 1.0, 100.0], "taus": [0.0, 1.0, 2.0]}},
            "velocity": {
                "spec": {"inputs": 2, "layers": [{"layer": "linear", "inputs": 2, "outputs": 1}]},
                "offset": 0, "reading": {"kind": "direct"},
            },
            "score": null, "diffusion": {"kind": "none"}, "meta": {},
        });
        let model = Model::new(serde_json::from_value(law).unwrap(), vec![-1.0, 0.0, 0.0]).unwrap();
        let observed = Observed {
            points: Points::new(1, vec![1.0, 2.0, 0.5, 0.1]).unwrap(),
            times: vec![0.0, 0.0, 1.0, 100.0],
            weights: vec![1.0; 4],
            held_out: Vec::new(),
        };
        let path = moved(&model, &observed, (0.0, 100.0), &Context::new(0, 1).unwrap()).unwrap();
        let frame = path.times.iter().position(|t| *t == 1.0).unwrap();
        let mut ends: Vec<f64> = path.states[frame].values().to_vec();
        ends.sort_by(f64::total_cmp);
        for (end, start) in ends.iter().zip([1.0, 2.0]) {
            assert!((end - start * (-1.0_f64).exp()).abs() < 1e-3, "{end}");
        }
    }
}
