//! A law, and what else happens on the way.

use crate::{
    Event, Extra, Hit, Integrate, Kick, Law, Need, NoiseKind, Poisson, SaveAt, System, Walls, driver, noise_within,
};
use thalweg_core::{Context, Error, Points, Result, Trajectory};

/// A law, and what else happens on the way: events, walls, kicks and jumps.
///
/// ```
/// use thalweg_core::{Context, Points};
/// use thalweg_solve::{Direction, Event, FnField, Integrate, Law, Motion};
///
/// # fn main() -> thalweg_core::Result<()> {
/// // A ball that keeps nine tenths of its speed at the ground.
/// let fall = FnField::rows(2, |_, x, out| (out[0], out[1]) = (x[1], -9.81));
/// let bounce = [Event::new(Direction::Falling, |_, x| x[0]).then(|_, x| (x[0], x[1]) = (0.0, -0.9 * x[1]))];
/// let start = Points::new(2, vec![1.0, 0.0])?;
/// let motion = Motion::of(Law::Field(&fall)).until(&bounce);
/// let (path, _) = motion.follow(&start, None, (0.0, 1.0), &Integrate::default(), &Context::new(0, 1)?)?;
/// assert!(path.last().is_some_and(|end| end.row(0)[0] > 0.5));
/// # Ok(())
/// # }
/// ```
pub struct Motion<'a> {
    pub(crate) law: Law<'a>,
    pub(crate) events: &'a [Event<'a>],
    pub(crate) walls: Option<&'a Walls>,
    pub(crate) kicks: &'a [Kick<'a>],
    pub(crate) jumps: &'a [Poisson<'a>],
}

impl<'a> Motion<'a> {
    /// The law alone.
    pub fn of(law: Law<'a>) -> Self {
        Self { law, events: &[], walls: None, kicks: &[], jumps: &[] }
    }

    /// A row stops at the first of these events, or is changed there.
    #[must_use]
    pub fn until(self, events: &'a [Event<'a>]) -> Self {
        Self { events, ..self }
    }

    /// Rows are turned back at these walls. For diffusions; a flow that goes through a wall is put back onto it.
    #[must_use]
    pub fn within(self, walls: &'a Walls) -> Self {
        Self { walls: Some(walls), ..self }
    }

    /// Rows are mapped at given times.
    #[must_use]
    pub fn kicked(self, kicks: &'a [Kick<'a>]) -> Self {
        Self { kicks, ..self }
    }

    /// Rows jump at random times.
    #[must_use]
    pub fn jumping(self, jumps: &'a [Poisson<'a>]) -> Self {
        Self { jumps, ..self }
    }

    /// Times that no step crosses.
    pub(crate) fn kinks(&self, span: (f64, f64), order: usize) -> Vec<f64> {
        let mut kinks = self.law.kinks(span, order);
        kinks.extend(self.kicks.iter().flat_map(|kick| kick.times()));
        kinks
    }

    /// Moves `start` (`n x dim`) from `span.0` to `span.1`, see [`crate::integrate`]. Returns also, for each row, which
    /// event stopped it and when.
    ///
    /// # Errors
    /// Inconsistent input; a scheme that needs more structure than the law has; interruption.
    pub fn follow(
        &self,
        start: &Points,
        log_weights: Option<&[f64]>,
        span: (f64, f64),
        options: &Integrate,
        ctx: &Context,
    ) -> Result<(Trajectory, Vec<Option<Hit>>)> {
        if log_weights.is_some() && self.law.field().is_none() {
            return Err(Error::input("Log-weights were given, but only a vector field carries them along.")
                .advise("Leave them out: along this law they do not change."));
        }
        let grows = self.law.has_growth() || log_weights.is_some();
        let extra = if grows { Extra::Growth } else { Extra::Nothing };
        driver::drive(self, start, extra, log_weights, span, options, ctx)
    }

    /// As [`Motion::follow`] without log-weights, where an interruption is no error: the report says so, and what was done
    /// until then is kept.
    ///
    /// # Errors
    /// As [`Motion::follow`], but for interruption.
    pub fn follow_as_far(
        &self,
        start: &Points,
        span: (f64, f64),
        options: &Integrate,
        ctx: &Context,
    ) -> Result<Trajectory> {
        let extra = if self.law.has_growth() { Extra::Growth } else { Extra::Nothing };
        driver::advance(self, start, extra, None, span, options, ctx).map(|(trajectory, _)| trajectory)
    }

    /// Refuses what cannot happen in this order of time.
    fn check_direction(&self, span: (f64, f64)) -> Result<()> {
        let what = match self.law {
            _ if span.1 >= span.0 => return Ok(()),
            Law::Diffusion(law) if !law.kind().is_additive() => "noise that depends on the state",
            Law::Delayed(_) => "a law that looks back",
            _ if !self.jumps.is_empty() => "random jumps",
            _ => return Ok(()),
        };
        Err(Error::input(format!(
            "The span {} to {} goes backward in time, but {what} cannot be followed there.",
            span.0, span.1
        ))
        .advise("Write the law of the reversed process and go forward."))
    }

    /// Refuses kicks between steps whose ends were chosen.
    fn check_kicks(&self, options: &Integrate) -> Result<()> {
        if self.kicks.is_empty() || options.scheme.is_adaptive() || options.save != SaveAt::Steps {
            return Ok(());
        }
        Err(Error::input("Every one of equal steps was to be kept, but kicks come between them.")
            .advise("Save at times, or take a scheme that chooses its steps."))
    }

    /// Refuses delays that no step can respect.
    fn check_delays(&self, span: (f64, f64), options: &Integrate) -> Result<()> {
        let Law::Delayed(law) = self.law else { return Ok(()) };
        let delays = law.delays();
        if delays.is_empty() || delays.iter().any(|tau| !(tau.is_finite() && *tau > 0.0)) {
            return Err(Error::input(format!("The delays are {delays:?}, but there must be some, all positive."))
                .advise("Write a law without delays as a vector field."));
        }
        if self.events.iter().any(|event| !event.stops()) || !self.kicks.is_empty() || !self.jumps.is_empty() {
            return Err(Error::input("A law that looks back was given jumps, but its past must be continuous.")
                .advise("Integrate from jump to jump, each time with the past before."));
        }
        let shortest = delays.iter().copied().fold(f64::INFINITY, f64::min);
        let step = (span.1 - span.0) / options.steps.max(1) as f64;
        if !options.scheme.is_adaptive() && step > shortest {
            return Err(Error::input(format!(
                "Steps of {step} are longer than the shortest delay, {shortest}, but must not be."
            ))
            .advise(format!("Take {} steps.", ((span.1 - span.0) / shortest).ceil())));
        }
        Ok(())
    }

    fn satisfies(&self, need: Need) -> bool {
        use NoiseKind::{AdditiveDiagonal, Commuting, Diagonal};
        let kind = System::new(self.law, 0, Extra::Nothing).noise();
        match need {
            Need::Drift => !matches!(self.law, Law::Diffusion(_)),
            Need::Separable => matches!(self.law, Law::Separable(_)),
            Need::Semilinear => matches!(self.law, Law::Semilinear(_)),
            Need::Noise => true,
            Need::AdditiveNoise => kind.is_additive(),
            Need::DiagonalNoise => matches!(kind, AdditiveDiagonal | Diagonal),
            Need::CommutingNoise => kind.is_additive() || matches!(kind, Diagonal | Commuting(_)),
        }
    }

    /// Refuses a scheme that cannot follow the law.
    pub(crate) fn check(&self, start: &Points, span: (f64, f64), options: &Integrate) -> Result<()> {
        if let Some(walls) = self.walls {
            walls.check(start)?;
        }
        let scheme = options.scheme;
        if !self.satisfies(scheme.need()) {
            return Err(Error::input(format!(
                "The scheme {scheme:?} needs {}, but the law is not of that kind.",
                scheme.need().what()
            ))
            .advise(match scheme.is_stochastic() {
                true => "Use euler-maruyama, stochastic-heun or platen, which follow any noise.",
                false => "Use dop853, which follows any drift without noise.",
            }));
        }
        if System::new(self.law, 0, Extra::Nothing).noise().columns() == Some(0) {
            return Err(Error::input("The noise has 0 columns, but needs at least 1.")
                .advise("Write a law without noise as a vector field."));
        }
        self.check_direction(span)?;
        self.check_delays(span, options)?;
        self.check_kicks(options)?;
        let noise = self.law.field().and_then(|field| noise_within(field, span));
        match noise {
            Some((t, sigma)) if !scheme.is_stochastic() => Err(Error::input(format!(
                "The field has noise of size {sigma} at time {t}, but the scheme {scheme:?} draws none."
            ))
            .advise("Use euler-maruyama or stochastic-heun, or integrate the drift alone.")),
            _ => Ok(()),
        }
    }
}
