//! Exponents of flows.

use super::{Exponents, Growth, Lyapunov, PARTS, astray, finite, generic};
use crate::abreast::Abreast;
use crate::kernel::LANES;
use crate::sampling::check_tolerance;
use crate::step::Tangents;
use crate::{Sampling, Spacing, System};
use rayon::prelude::*;
use thalweg_core::{Context, Points, Result};

/// Rounds of steps between two looks at whether to stop.
const ROUNDS: usize = 4096;
/// Steps in a stretch: who takes more is on its way to infinity.
const MOST_STEPS: usize = 1_000_000;

impl System {
    pub(super) fn of_flow(&self, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
        let (equations, stretch) = (self.equations()?, self.record().period.unwrap_or(1.0));
        let tolerance = check_tolerance(options.tolerance)?;
        // Orbits begin one after the other. A law that depends on the time is followed once, from its start.
        let orbits = if equations.depends_on_time() { 1 } else { options.orbits };
        let seeds = self.seeds(orbits, stretch, options, ctx)?;
        let lanes = if orbits == 1 { 1 } else { LANES };
        let tangents = Tangents::new(&equations, tolerance, lanes);
        let piece = |seeds: &[Points]| {
            let orbits = Orbits { tangents: &tangents, stretch, options };
            if lanes == 1 { orbits.follow::<1>(seeds, ctx) } else { orbits.follow::<LANES>(seeds, ctx) }
        };
        let pieces: Vec<&[Points]> = seeds.chunks(lanes).collect();
        let parts = if pieces.len() == 1 {
            piece(&seeds)?
        } else {
            ctx.install(|| pieces.par_iter().map(|seeds| piece(seeds)).collect::<Result<Vec<_>>>())?.concat()
        };
        let mut means = Growth { width: tangents.dim + 1, parts }.means();
        means.errors.pop();
        let divergence = means.values.pop();
        Ok(Exponents { divergence, ..means.ordered() })
    }

    /// The states from which orbits begin.
    fn seeds(&self, orbits: usize, stretch: f64, options: &Lyapunov, ctx: &Context) -> Result<Vec<Points>> {
        let sampling = Sampling {
            points: 1,
            spacing: Spacing::Time(stretch * options.settle as f64),
            discard: 1,
            tolerance: options.tolerance,
        };
        if orbits == 1 {
            return Ok(vec![self.start()]);
        }
        let first = if options.settle == 0 {
            self.start()
        } else {
            finite(self.trajectory(None, &sampling, ctx)?.states.pop())?
        };
        let spacing = Spacing::Time(stretch * options.stretches as f64);
        let sampling = Sampling { points: orbits, spacing, discard: 0, ..sampling };
        let seeds = self.trajectory(Some(&first), &sampling, ctx)?.states;
        // A trajectory that was interrupted is kept as far as it came, which is not enough here.
        ctx.check_stop()?;
        if seeds.len() < orbits { Err(astray()) } else { Ok(seeds) }
    }
}

/// Orbits of a flow, which carry their tangents.
struct Orbits<'a> {
    tangents: &'a Tangents,
    stretch: f64,
    options: &'a Lyapunov,
}

/// Lengths whose product is far from overflow.
const RANGE: std::ops::Range<f64> = 1e-100..1e100;

/// What a lane has grown by since the last part ended.
struct Lane {
    lengths: Vec<f64>,
    part: super::Part,
    begun: f64,
    done: usize,
    steps: usize,
}

impl Lane {
    fn settle_lengths(&mut self) {
        for (length, log) in self.lengths.iter_mut().zip(&mut self.part.logs) {
            *log += std::mem::replace(length, 1.0).ln();
        }
    }
}

impl Orbits<'_> {
    /// The growth of the tangents over all parts of each of at most `L` orbits.
    fn follow<const L: usize>(&self, seeds: &[Points], ctx: &Context) -> Result<Vec<super::Part>> {
        let (d, width) = (self.tangents.dim, self.tangents.width());
        let mut abreast = Abreast::<L>::new(&self.tangents.kernel, width, d);
        for lane in 0..L {
            // Lanes without an orbit repeat the last.
            let seed = &seeds[lane.min(seeds.len() - 1)];
            let state = [seed.row(0), &generic(d, lane), &[0.0]].concat();
            abreast.place(lane, 0.0, &state, 1e-3 * self.stretch / self.options.restarts as f64);
        }
        let settled = self.stretch * self.options.settle as f64;
        let span = self.stretch * self.options.stretches as f64 / PARTS as f64;
        let new = || Lane { lengths: vec![1.0; d], part: super::Part::new(d + 1), begun: 0.0, done: 0, steps: 0 };
        let mut lanes: Vec<Lane> = seeds.iter().map(|_| new()).collect();
        let mut parts = vec![Vec::new(); lanes.len()];
        let mut left = [self.stretch / self.options.restarts as f64; L];
        let most_steps = MOST_STEPS.saturating_mul(self.options.settle + self.options.stretches);
        let mut rounds = 0_usize;
        while parts.iter().any(|own| own.len() < PARTS) {
            rounds += 1;
            if rounds.is_multiple_of(ROUNDS) {
                ctx.check_stop()?;
            }
            let attempt = abreast.attempt(&left);
            for (l, lane) in lanes.iter_mut().enumerate().filter(|(l, _)| attempt.accepted[*l]) {
                for (k, length) in lane.lengths.iter_mut().enumerate() {
                    *length *= abreast.output(width + 1 + k)[l];
                }
                lane.part.logs[d] += abreast.output(width - 1)[l];
            }
            abreast.commit(&attempt, width - 1);
            for (l, lane) in lanes.iter_mut().enumerate() {
                lane.steps += 1;
                let time = abreast.time[l];
                if !lane.lengths.iter().all(|length| RANGE.contains(length)) {
                    lane.settle_lengths();
                }
                if lane.steps > most_steps || (abreast.stuck(l) && left[l] > 0.0) || lane.part.logs[0].is_nan() {
                    return Err(astray());
                }
                if time < settled + lane.done as f64 * span {
                    continue;
                }
                // A part ends with the first step that passes its end; what comes before the first settles.
                lane.settle_lengths();
                let part = std::mem::replace(&mut lane.part, super::Part::new(d + 1));
                if lane.done > 0 && parts[l].len() < PARTS {
                    parts[l].push(part.over(time - lane.begun));
                }
                (lane.begun, lane.done) = (time, lane.done + 1);
                if lane.done > PARTS {
                    left[l] = 0.0;
                }
            }
        }
        Ok(parts.concat())
    }
}
