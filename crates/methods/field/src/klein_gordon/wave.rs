//! The field in motion: leapfrog with a fixed step.

use super::Potential;
use crate::line::{Line, SecondDerivative};
use thalweg_core::{Context, Error, Result};

/// Steps between two looks at whether to stop.
const PATIENCE: usize = 256;

/// A field and its rate at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The field at each point.
    pub u: Vec<f64>,
    /// Its rate of change at each point.
    pub v: Vec<f64>,
}

/// The nonlinear Klein-Gordon equation `u_tt = u_xx - V'(u)` on a line.
pub struct Wave {
    line: Line,
    potential: Potential,
    curvature: SecondDerivative,
}

impl Wave {
    /// The equation with `potential` on `line`.
    ///
    /// # Errors
    /// A parameter of the potential out of range.
    pub fn new(line: Line, potential: Potential) -> Result<Self> {
        potential.check()?;
        Ok(Self { line, potential, curvature: SecondDerivative::new(&line) })
    }

    /// Where the field lives.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The potential.
    pub fn potential(&self) -> Potential {
        self.potential
    }

    /// Below this step leapfrog is stable for fields up to `most` in size: `2 / sqrt(k_max^2 + max V'')`.
    pub fn stable_step(&self, most: f64) -> f64 {
        2.0 / (self.line.largest_wavenumber().powi(2) + self.potential.stiffness(most)).sqrt()
    }

    /// Makes `steps` steps of length `h` from `state` and shows the state to `see` with its step every `every` steps, first and
    /// last included; `see` says whether to go on.
    ///
    /// Kick and drift alternate, so the map is symplectic and, with `h` reversed, its own inverse; rates shown are those at
    /// the time of the field. What is shown, and how often, does not change what comes. One pair of transforms a step.
    ///
    /// # Errors
    /// Another number of values than the line has points; values that are not finite; a step that is zero, not finite or not
    /// stable at the start; interruption.
    pub fn follow(
        &mut self,
        ctx: &Context,
        state: &State,
        h: f64,
        steps: usize,
        every: usize,
        mut see: impl FnMut(usize, &State) -> Result<bool>,
    ) -> Result<()> {
        self.check(state, h)?;
        let every = every.max(1);
        let mut now = state.clone();
        let mut shown = state.clone();
        for step in 0..=steps {
            if step.is_multiple_of(PATIENCE) {
                ctx.check_stop()?;
                ctx.progress("steps", step as u64, steps as u64, "");
            }
            let curvature = self.curvature.of(&now.u);
            // Rates lie half a step behind the field, except at the start.
            let lag = if step == 0 { 0.0 } else { 0.5 * h };
            if step == 0 || step == steps || step.is_multiple_of(every) {
                shown.u.copy_from_slice(&now.u);
                shown.v.copy_from_slice(&now.v);
                self.potential.kick_drift(lag, 0.0, curvature, &mut shown.u, &mut shown.v);
                if !see(step, &shown)? {
                    break;
                }
            }
            self.potential.kick_drift(lag + 0.5 * h, h, curvature, &mut now.u, &mut now.v);
        }
        Ok(())
    }

    fn check(&self, state: &State, h: f64) -> Result<()> {
        let n = self.line.points();
        if (state.u.len(), state.v.len()) != (n, n) {
            return Err(Error::input(format!(
                "The field has {} values and its rate {}, but the line has {n} points.",
                state.u.len(),
                state.v.len()
            )));
        }
        if let Some(v) = state.u.iter().chain(&state.v).find(|v| !v.is_finite()) {
            return Err(Error::input(format!("The field starts with the value {v}, which is not a finite number.")));
        }
        let bound = self.stable_step(state.u.iter().fold(0.0, |most, u| u.abs().max(most)));
        if !(h != 0.0 && h.abs() < bound) {
            return Err(Error::input(format!(
                "The step is {h}, but leapfrog on this line is stable only below {bound:.6}."
            ))
            .advise(format!("Take a step of {:.6} or fewer points.", 0.25 * bound)));
        }
        Ok(())
    }
}
