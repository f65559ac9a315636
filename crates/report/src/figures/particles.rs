//! Particles at the snapshots' times over the observed points, with the paths of some of them.

use super::{aside, map, thinned, time_fraction, time_scale, time_span};
use crate::scene::{Particles, Scene};
use crate::svg::{Drawing, named, sequential};
use crate::view::count;

/// Paths drawn: enough to show the flow, few enough to tell them apart.
const PATHS: usize = 90;

/// The figure, or none without particles.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let particles = scene.particles.as_ref().filter(|p| p.count() > 0)?;
    let (mut drawing, frame) = map(scene, 720.0);
    frame.axes(&mut drawing, [&scene.axes[0].title(), &scene.axes[1].title()]);
    let span = time_span(scene);
    drawing.clipped("plane", frame.place, |drawing| {
        for snapshot in &scene.snapshots {
            drawing.dots(thinned(&snapshot.xy).map(|p| frame.point(p)), 1.3, &named("observed"), 0.55);
        }
        let stride = particles.count().div_ceil(PATHS).max(1);
        for (k, pair) in particles.times.windows(2).enumerate() {
            let style = sequential(time_fraction(span, 0.5 * (pair[0] + pair[1])));
            for i in (0..particles.count()).step_by(stride) {
                let ends = [frame.point(&particles.xy[k][i]), frame.point(&particles.xy[k + 1][i])];
                drawing.polyline(&ends, &style, 0.9, "stroke-opacity=\"0.6\"");
            }
        }
        for frame_index in shown_frames(scene, particles) {
            let style = sequential(time_fraction(span, particles.times[frame_index]));
            let few = particles.xy[frame_index].iter().step_by(particles.count().div_ceil(700).max(1));
            drawing.dots(few.map(|p| frame.point(p)), 2.0, &style, 0.85);
        }
    });
    time_scale(&mut drawing, &frame, scene);
    let caption = format!(
        "{}: {} particles moved by the learned dynamics, {} of them with their paths, coloured by time. Grey: observed points.{} Seed {}.",
        scene.method.name,
        count(particles.count()),
        count(particles.count().div_ceil(particles.count().div_ceil(PATHS).max(1))),
        aside(scene),
        scene.seed
    );
    Some(drawing.captioned("Particles through time", &caption))
}

/// The frames nearest to the snapshots, or the first and the last.
fn shown_frames(scene: &Scene, particles: &Particles) -> Vec<usize> {
    let nearest = |time: f64| {
        let gaps = particles.times.iter().map(|t| (t - time).abs()).enumerate();
        gaps.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(k, _)| k)
    };
    let mut frames: Vec<usize> = scene.snapshots.iter().map(|s| nearest(s.time)).collect();
    if frames.is_empty() {
        frames = vec![0, particles.times.len() - 1];
    }
    frames.dedup();
    frames
}
