//! Where a motion settles, against the parameter that is swept: a bifurcation diagram.

use super::spectrum::maxima;
use super::{Followed, Member};
use serde::{Deserialize, Serialize};

/// Values of a parameter below which there is no diagram.
const FEWEST: usize = 8;
/// Points of all values together, and of each.
const POINTS: usize = 24_000;
const EACH: usize = 200;

/// Points that a motion visits late, for every value of one parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagram {
    /// The parameter.
    pub parameter: String,
    /// What is seen of the motion: a state of a map, the maxima of a state of a flow.
    pub what: String,
    /// A value of the parameter, and one that is visited.
    pub points: Vec<[f64; 2]>,
}

impl Diagram {
    /// Of a sweep of one parameter: the second half of the first trajectory of each value, that what is passed through on
    /// the way is left out.
    pub fn of(followed: &Followed, states: &[String], discrete: bool) -> Option<Self> {
        let members = &followed.members;
        let [(parameter, _)] = &members.first()?.parameters[..] else { return None };
        if members.len() < FEWEST {
            return None;
        }
        let each = (POINTS / members.len()).clamp(1, EACH);
        let of = |state: usize| {
            let visited = members.iter().map(|m| (m.parameters[0].1, late(m, state, discrete)));
            let points = visited.flat_map(|(value, seen)| {
                let skipped = seen.len().saturating_sub(each);
                seen.into_iter().skip(skipped).map(move |v| [value, v])
            });
            points.collect::<Vec<_>>()
        };
        // A state that rests has no maxima; the last one whose maxima are seen at most values shows most.
        let state =
            if discrete { 0 } else { (0..states.len()).rev().max_by_key(|k| of(*k).len().min(4 * members.len()))? };
        let what = if discrete { states.first()?.clone() } else { format!("maxima of {}", states[state]) };
        let points = of(state);
        (!points.is_empty()).then(|| Self { parameter: parameter.clone(), what, points })
    }
}

/// What is seen of a state in the second half of a trajectory, as long as it is finite.
fn late(member: &Member, state: usize, discrete: bool) -> Vec<f64> {
    let states = &member.path.states;
    let half = states[states.len() / 2..].iter().map(|s| s.row(0)[state]).take_while(|v| v.is_finite());
    let values: Vec<f64> = half.collect();
    if discrete { values } else { maxima(&values) }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Subject, Sweep, follow};
    use super::*;
    use thalweg_core::Context;
    use thalweg_systems::System;

    fn sweep(name: &str, parameter: &str, values: Vec<f64>, points: usize) -> Diagram {
        let sweep = Sweep { parameter: parameter.into(), values };
        let options = Options { points, sweep: vec![sweep], ..Options::default() };
        let system = System::named(name).unwrap();
        let discrete = system.record().kind == thalweg_systems::Kind::Map;
        let followed = follow(&Subject::System(system), &options, &Context::new(0, 1).unwrap()).unwrap();
        Diagram::of(&followed, &followed.states, discrete).unwrap()
    }

    /// The logistic map rests at `1 - 1 / r` below 3 and has a cycle of two, the roots of
    /// `r^2 x^2 - r (r + 1) x + r + 1`, up to `1 + sqrt 6`.
    #[test]
    fn the_logistic_map_forks_at_three() {
        let values: Vec<f64> = (0..9).map(|k| 2.5 + 0.1 * f64::from(k)).collect();
        let diagram = sweep("logistic", "r", values, 4000);
        assert_eq!((diagram.parameter.as_str(), diagram.what.as_str()), ("r", "x"));
        for [r, x] in diagram.points {
            let branches = if r < 2.95 {
                vec![1.0 - 1.0 / r]
            } else if r > 3.05 {
                let root = ((r + 1.0) * (r - 3.0)).sqrt();
                vec![(r + 1.0 + root) / (2.0 * r), (r + 1.0 - root) / (2.0 * r)]
            } else {
                continue;
            };
            assert!(branches.iter().any(|b| (b - x).abs() < 1e-9), "{r} {x}");
        }
    }

    /// Roessler's band comes of doublings: one maximum at c = 2.5 and two at c = 3.5 (a = b = 0.2; Strogatz, section 12.3).
    #[test]
    fn a_flow_shows_its_maxima() {
        let values: Vec<f64> = (0..8).map(|k| if k < 4 { 2.5 } else { 3.5 } + 1e-6 * f64::from(k)).collect();
        let diagram = sweep("rossler", "c", values, 20_000);
        let heights = |from: f64| {
            let mut all: Vec<f64> = diagram.points.iter().filter(|p| (p[0] - from).abs() < 0.1).map(|p| p[1]).collect();
            all.sort_by(f64::total_cmp);
            1 + all.windows(2).filter(|w| w[1] - w[0] > 0.05).count()
        };
        assert_eq!((heights(2.5), heights(3.5)), (1, 2), "{}", diagram.what);
    }
}
