//! How a flow stretches a plane of its states: finite-time Lyapunov exponents as a field, over longer and longer times.

use super::law::{Field, Fields, Grid, Outcome, Series};
use super::laws::require_room;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result};
use thalweg_measure::{FlowMap, Stretching, stretching_in_plane};
use thalweg_systems::{Sampling, Spacing, System};

/// One side of the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The state along it.
    pub state: String,
    /// Its ends.
    pub from: f64,
    /// Its ends.
    pub to: f64,
    /// Places along it, both ends among them, at least 4.
    pub count: usize,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// The two sides; by default the first two states over what the motion from the start visits.
    pub plane: Option<[Side; 2]>,
    /// The longest time over which points are carried; negative for backward, which shows what attracts.
    pub length: f64,
    /// Shorter times that are kept beside it, evenly, itself included.
    pub frames: usize,
    /// Relative and absolute tolerance of a step.
    pub tolerance: f64,
}

/// Places along each side where nothing is said.
const PLACES: usize = 101;
/// Points of the motion whose box is the plane where nothing is said.
const LOOKS: usize = 4000;
/// Distance of the neighbours of a point, as a share of the distance between places.
const OFFSET: f64 = 1e-3;

/// The exponents of `system` on a plane of its states; the others are those of its start.
///
/// # Errors
/// A map or a delay equation; a state that is not known, or twice the same; sides without an extent; a memory budget below the
/// field.
pub fn stretch(system: &System, asked: &Stretch, ctx: &Context) -> Result<Outcome> {
    let flow = system.flow()?;
    if !(asked.length.is_finite() && asked.length != 0.0) {
        return Err(Error::input(format!("Points are carried for {}, but it must be finite and not 0.", asked.length)));
    }
    let sides = match &asked.plane {
        Some(sides) => sides.clone(),
        None => visited(system, ctx)?,
    };
    let states = &system.record().states;
    let mut axes = [0; 2];
    for (axis, side) in axes.iter_mut().zip(&sides) {
        *axis = states.iter().position(|s| *s == side.state).ok_or_else(|| {
            Error::input(format!("{} has no state called {}.", system.record().name, side.state))
                .advise(format!("Its states are {}.", states.join(", ")))
        })?;
        let wide = side.to - side.from;
        if !(wide.is_finite() && wide > 0.0 && side.count >= 4) {
            return Err(Error::input(format!(
                "{} goes from {} to {} by {} places, but it must go up, and by at least 4.",
                side.state, side.from, side.to, side.count
            )));
        }
    }
    let [x, y] = [places(&sides[0]), places(&sides[1])];
    // Four neighbours of each place, and what the table and the page take.
    require_room(ctx, asked.frames + 4 * states.len(), x.len().saturating_mul(y.len()))?;
    let mut values = Vec::with_capacity(x.len() * y.len() * states.len());
    let start = system.start().into_values();
    for (v, u) in y.iter().flat_map(|v| x.iter().map(move |u| (v, u))) {
        let first = values.len();
        values.extend_from_slice(&start);
        (values[first + axes[0]], values[first + axes[1]]) = (*u, *v);
    }
    let step = (x[1] - x[0]).min(y[1] - y[0]);
    let settings = FlowMap { start: 0.0, length: asked.length, tolerance: asked.tolerance, offset: OFFSET * step };
    let found = stretching_in_plane(&flow, &Points::new(states.len(), values)?, axes, asked.frames, &settings, ctx)?;
    Ok(outcome(found, x, y, sides.map(|side| side.state)))
}

fn places(side: &Side) -> Vec<f64> {
    let share = |k: usize| k as f64 / (side.count - 1) as f64;
    (0..side.count).map(|k| side.from + (side.to - side.from) * share(k)).collect()
}

/// The box of the motion from the start, in its first two states.
fn visited(system: &System, ctx: &Context) -> Result<[Side; 2]> {
    let record = system.record();
    let [first, second, ..] = &record.states[..] else {
        return Err(Error::input(format!("{} has one state, but a plane takes two.", record.name)));
    };
    if record.period.is_none() {
        return Err(Error::input(format!("The period of {} is not known, nor what it visits.", record.name))
            .advise("Say which plane is looked at, for example --plane x=0:2:201 --plane y=0:1:101."));
    }
    let looks = Sampling { points: LOOKS, spacing: Spacing::PerPeriod(20.0), ..Sampling::default() };
    let path = system.trajectory(Some(&system.start()), &looks, ctx)?;
    let side = |state: &str, k: usize| {
        let ends = path.states.iter().map(|s| s.row(0)[k]).filter(|v| v.is_finite());
        let (from, to) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (v.min(low), v.max(high)));
        Side { state: state.to_owned(), from, to, count: PLACES }
    };
    Ok([side(first, 0), side(second, 1)])
}

fn outcome(found: Stretching, x: Vec<f64>, y: Vec<f64>, names: [String; 2]) -> Outcome {
    let (nodes, columns) = (x.len() * y.len(), x.len());
    let rows = || found.exponents.chunks_exact(nodes.max(1));
    let most = |row: &[f64]| row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = |row: &[f64]| row.iter().sum::<f64>() / nodes as f64;
    let mut facts = Vec::new();
    if let Some(last) = rows().next_back() {
        let best = (0..nodes).max_by(|&a, &b| last[a].total_cmp(&last[b])).unwrap_or(0);
        facts.push(("largest exponent".into(), last[best]));
        facts.push((format!("{} of the largest", names[0]), x[best % columns]));
        facts.push((format!("{} of the largest", names[1]), y[best / columns]));
        facts.push(("mean exponent".into(), mean(last)));
    }
    let columns = vec![
        ("largest exponent".into(), rows().map(most).collect()),
        ("mean exponent".into(), rows().map(mean).collect()),
    ];
    // Over short times, and along walls, exponents are larger than those that are looked for.
    let mut last: Vec<f64> = rows().next_back().unwrap_or_default().to_vec();
    last.sort_by(f64::total_cmp);
    let span = last.get(last.len() * 98 / 100).filter(|high| **high > 0.0).map(|high| [0.0, *high]);
    let field = Field { span, ..Field::new("ftle", "per time", found.exponents.clone()) };
    Outcome {
        fields: Some(Fields { grid: Grid::Plane { x, y, names }, times: found.times.clone(), fields: vec![field] }),
        series: Some(Series { times: found.times, columns }),
        facts,
        time_unit: String::new(),
        report: found.report,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    fn own(line: &str) -> System {
        System::new(&thalweg_systems::read(line).unwrap()[0]).unwrap()
    }

    fn side(state: &str, from: f64, to: f64, count: usize) -> Side {
        Side { state: state.into(), from, to, count }
    }

    /// A saddle stretches at its rate everywhere, forward and backward, and a third state does not count.
    #[test]
    fn a_saddle_stretches_at_its_rate() {
        let saddle = own("flow saddle | x y z | s=0.7 | s*x; -s*y; 5*z | 0 0 1");
        for length in [2.0, -2.0] {
            let plane = Some([side("x", -1.0, 1.0, 9), side("y", 0.0, 1.0, 5)]);
            let asked = Stretch { plane, length, frames: 4, tolerance: 1e-9 };
            let found = stretch(&saddle, &asked, &Context::new(0, 1).unwrap()).unwrap();
            let fields = found.fields.unwrap();
            assert_eq!(fields.times, [0.5, 1.0, 1.5, 2.0]);
            assert_eq!(fields.grid.axes()[0], ("y", &[0.0, 0.25, 0.5, 0.75, 1.0][..]));
            assert!(fields.fields[0].values.iter().all(|v| (v - 0.7).abs() < 1e-6));
        }
    }

    /// The flow of Shadden, Lekien and Marsden 2005 (A = 0.1, epsilon = 0.25, period 10, T = 15). On y = 1/2 a Runge-Kutta
    /// integration of the closed form with differences of 1e-6, another program, has the ridge at 1.1585, 0.4686 high.
    #[test]
    fn the_double_gyre_has_its_ridge() {
        let gyre = System::named("doublegyre").unwrap().with("eps", 0.25).unwrap().starting_at(&[0.0; 3]).unwrap();
        let plane = Some([side("x", 1.1, 1.2, 201), side("y", 0.4, 0.6, 5)]);
        let asked = Stretch { plane, length: 15.0, frames: 1, tolerance: 1e-8 };
        let found = stretch(&gyre, &asked, &Context::new(0, 1).unwrap()).unwrap();
        let values = &found.fields.unwrap().fields[0].values[2 * 201..3 * 201];
        let best = (0..201).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
        let (place, height) = (1.1 + 0.0005 * best as f64, values[best]);
        assert!((place - 1.1585).abs() < 0.001 && (height - 0.4686).abs() < 0.005, "{place} {height}");
    }

    #[test]
    fn what_cannot_be_looked_at_is_refused_and_what_was_done_is_kept() {
        let gyre = System::named("doublegyre").unwrap();
        let asked = |plane, length| Stretch { plane: Some(plane), length, frames: 3, tolerance: 1e-6 };
        let ctx = Context::new(0, 1).unwrap();
        for (plane, length, part) in [
            ([side("x", 0.0, 1.0, 9), side("q", 0.0, 1.0, 9)], 1.0, "no state called q"),
            ([side("x", 0.0, 1.0, 9), side("x", 0.0, 1.0, 9)], 1.0, "not two"),
            ([side("x", 1.0, 0.0, 9), side("y", 0.0, 1.0, 9)], 1.0, "go up"),
            ([side("x", 0.0, 1.0, 9), side("y", 0.0, 1.0, 9)], 0.0, "not 0"),
        ] {
            let error = stretch(&gyre, &asked(plane, length), &ctx).unwrap_err();
            assert!(error.message().contains(part), "{part}: {}", error.message());
        }
        assert!(
            stretch(
                &System::named("henon").unwrap(),
                &asked([side("x", 0.0, 1.0, 9), side("y", 0.0, 1.0, 9)], 1.0),
                &ctx
            )
            .is_err()
        );
        let stopped = Context::new(0, 1).unwrap().with_stop(Arc::new(AtomicBool::new(true)));
        let plane = [side("x", 0.0, 2.0, 9), side("y", 0.0, 1.0, 9)];
        let found = stretch(&gyre, &asked(plane, 1.0), &stopped).unwrap();
        assert!(!found.report.converged() && found.fields.unwrap().times.is_empty());
    }
}
