//! Conditions that stop a row, or change it.

/// Which crossing of zero counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From negative to positive.
    Rising,
    /// From positive to negative.
    Falling,
    /// Both.
    Either,
}

/// Value of an event at `(t, one row)`.
pub type Value<'a> = Box<dyn Fn(f64, &[f64]) -> f64 + Send + Sync + 'a>;

/// What an event does to `(t, one row)`.
type Effect<'a> = Box<dyn Fn(f64, &mut [f64]) + Send + Sync + 'a>;

/// A function of time and of one row; where it crosses zero the row stops, or is changed and goes on.
///
/// Crossings are looked for between the ends of steps, so two crossings within one step cancel. A row that starts on the
/// surface is on the side that it leaves to. The time is
/// found on the interpolant of the scheme to rounding; for a diffusion that is the straight line between steps.
pub struct Event<'a> {
    value: Value<'a>,
    direction: Direction,
    effect: Option<Effect<'a>>,
}

/// Where a row stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Which of the events.
    pub event: usize,
    /// When.
    pub time: f64,
}

impl<'a> Event<'a> {
    /// An event that stops a row when `value` crosses zero in `direction`.
    pub fn new(direction: Direction, value: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        Self { value: Box::new(value), direction, effect: None }
    }

    /// The row is changed by `effect(t, row)` where it would stop, and goes on. All rows of its block end a step there.
    ///
    /// For a diffusion what is left of the step is drawn anew, an error of the order of the step.
    #[must_use]
    pub fn then(self, effect: impl Fn(f64, &mut [f64]) + Send + Sync + 'a) -> Self {
        Self { effect: Some(Box::new(effect)), ..self }
    }

    /// Whether rows stop there.
    pub fn stops(&self) -> bool {
        self.effect.is_none()
    }

    /// Changes a row, where it does not stop.
    pub fn apply(&self, t: f64, x: &mut [f64]) {
        if let Some(effect) = &self.effect {
            effect(t, x);
        }
    }

    /// The function at one row.
    pub fn value(&self, t: f64, x: &[f64]) -> f64 {
        (self.value)(t, x)
    }

    /// Whether going from `before` to `after` is a crossing that counts.
    pub fn crosses(&self, before: f64, after: f64) -> bool {
        let rising = before < 0.0 && after >= 0.0;
        let falling = before > 0.0 && after <= 0.0;
        match self.direction {
            Direction::Rising => rising,
            Direction::Falling => falling,
            Direction::Either => rising || falling,
        }
    }
}
