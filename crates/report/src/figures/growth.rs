//! The learned growth rate at the observed points.

use super::{aside, map, scale, thinned};
use crate::scene::Scene;
use crate::svg::{Drawing, diverging};
use crate::view::number;

/// The figure, or none where the method has no growth.
pub fn sheet(scene: &Scene) -> Option<Drawing> {
    let bound = bound(scene)?;
    let (mut drawing, frame) = map(scene, 720.0);
    frame.axes(&mut drawing, [&scene.axes[0].title(), &scene.axes[1].title()]);
    const LEVELS: usize = 25;
    let mut levels: Vec<Vec<[f64; 2]>> = vec![Vec::new(); LEVELS];
    for snapshot in &scene.snapshots {
        let Some(growth) = &snapshot.growth else { continue };
        let pairs: Vec<_> = snapshot.xy.iter().zip(growth).collect();
        for (p, g) in thinned(&pairs) {
            let fraction = (0.5 + 0.5 * f64::from(**g) / bound).clamp(0.0, 1.0);
            levels[(fraction * (LEVELS - 1) as f64).round() as usize].push(frame.point(p));
        }
    }
    drawing.clipped("plane", frame.place, |drawing| {
        // The extremes are drawn last: they are what the figure is about.
        let mut order: Vec<usize> = (0..LEVELS).collect();
        order.sort_by_key(|k| k.abs_diff(LEVELS / 2));
        for k in order {
            drawing.dots(levels[k].iter().copied(), 2.0, &diverging(k as f64 / (LEVELS - 1) as f64), 0.85);
        }
    });
    let marks = [(0.0, number(-bound)), (0.5, "0".to_owned()), (1.0, number(bound))];
    scale(&mut drawing, &frame, &unit(scene), &marks, diverging);
    let caption = format!(
        "{}: learned relative growth rate at the observed points, per unit of time. Values beyond the ends of the scale take the colour of the end.{}",
        scene.method.name,
        aside(scene)
    );
    Some(drawing.captioned("Growth", &caption))
}

/// The unit of a rate: per unit of time.
pub fn unit(scene: &Scene) -> String {
    let unit = if scene.time.unit.is_empty() { &scene.time.label } else { &scene.time.unit };
    format!("1 / {unit}")
}

/// End of the colour scale: the 98th percentile of the rates' size, so that outliers do not wash it out.
pub fn bound(scene: &Scene) -> Option<f64> {
    let rates = scene.snapshots.iter().filter_map(|s| s.growth.as_ref()).flatten();
    percentile(rates.map(|g| f64::from(g.abs())).collect())
}

/// The 98th percentile of sizes; none where all are zero.
pub fn percentile(mut sizes: Vec<f64>) -> Option<f64> {
    sizes.sort_by(f64::total_cmp);
    let at = (sizes.len() as f64 * 0.98) as usize;
    let high = *sizes.get(at.min(sizes.len().checked_sub(1)?))?;
    let bound = if high > 0.0 { high } else { *sizes.last()? };
    (bound > 0.0).then_some(bound)
}
