//! Refusing a law that cannot be evaluated, before anything is computed or allocated from its sizes.

use super::{Diffusion, Head, Law, Reading};
use crate::Layer;
use thalweg_core::{Error, Result};

/// Bounds on what a file may ask for: far above any network of the field, far below what overflows.
const WIDEST: usize = 1 << 20;
const DEEPEST: usize = 4096;
const OCTAVES: usize = 64;

impl Law {
    /// Refuses a law that cannot be evaluated on a buffer of `available` parameters.
    ///
    /// # Errors
    /// No features; times or scales out of range; a network whose layers do not fit each other, the features
    /// or the buffer.
    pub(super) fn check(&self, available: usize) -> Result<()> {
        let d = self.dim();
        if d == 0 || d > WIDEST {
            return Err(Error::input(format!("A law needs from 1 to {WIDEST} features and this one has {d}.")));
        }
        if self.times.iter().any(|t| !t.is_finite()) || self.times.windows(2).any(|p| p[0] >= p[1]) {
            return Err(Error::input(format!(
                "The training times of a law must be finite and increasing, but they are {:?}.",
                self.times
            )));
        }
        self.check_scaling()?;
        self.check_diffusion()?;
        check_head("velocity", &self.velocity, d, d, available)?;
        self.growth.as_ref().map_or(Ok(()), |head| check_head("growth", head, d, 1, available))?;
        self.score.as_ref().map_or(Ok(()), |head| check_head("score", head, d, d, available))
    }

    fn check_scaling(&self) -> Result<()> {
        let (s, d) = (&self.scaling, self.dim());
        if s.mean.len() != d || (s.scale.len() != d && s.scale.len() != 1) {
            return Err(Error::input(format!(
                "The scaling has {} means and {} scales for {d} features; it needs one mean a feature and one scale a \
                 feature or one for all.",
                s.mean.len(),
                s.scale.len()
            )));
        }
        if let Some(bad) = s.scale.iter().find(|v| !(**v > 0.0 && v.is_finite())) {
            return Err(Error::input(format!("A scale of the law is {bad}, but scales must be positive and finite.")));
        }
        if let Some(bad) = s.mean.iter().find(|v| !v.is_finite()) {
            return Err(Error::input(format!("A mean of the law is {bad}, but means must be finite.")));
        }
        if !s.clock.is_valid() {
            return Err(Error::input(format!(
                "The clock of the law has the times {:?} and the standardised times {:?}, but it needs two knots or more, \
                 as many of both, increasing and finite.",
                s.clock.times, s.clock.taus
            )));
        }
        Ok(())
    }

    fn check_diffusion(&self) -> Result<()> {
        let valid = |sigma: f64| sigma >= 0.0 && sigma.is_finite();
        let holds = match &self.diffusion {
            Diffusion::None => true,
            Diffusion::Standardised { sigma } => valid(*sigma) && self.scaling.scale.len() == 1,
            Diffusion::Table { times, sigmas } => {
                !times.is_empty()
                    && times.len() == sigmas.len()
                    && times.iter().all(|t| t.is_finite())
                    && times.windows(2).all(|p| p[0] < p[1])
                    && sigmas.iter().all(|s| valid(*s))
            }
        };
        if holds {
            return Ok(());
        }
        Err(Error::input(format!(
            "The diffusion {:?} is not valid: coefficients must be finite and not negative, at increasing times.",
            self.diffusion
        )))
    }
}

/// Refuses a head that does not map `d` coordinates and time to `numbers` numbers from the parameters there are.
fn check_head(name: &str, head: &Head, d: usize, numbers: usize, available: usize) -> Result<()> {
    let place = |e: Error| e.within(format_args!("The {name} network"));
    if head.offset > available {
        return Err(place(Error::input(format!(
            "its parameters start at number {}, but the model holds {available}.",
            head.offset
        ))));
    }
    let mut budget = Budget { layers: DEEPEST, params: available - head.offset };
    budget.spend(&head.spec.layers).map_err(place)?;
    let outputs = head.spec.outputs().map_err(place)?;
    let fits = match head.reading {
        Reading::Direct { first } => first.checked_add(numbers).is_some_and(|end| end <= outputs),
        Reading::GradientOfPotential => outputs == 1 && numbers == d,
    };
    if head.spec.inputs != d + 1 || !fits {
        return Err(place(Error::input(format!(
            "it maps {} columns to {outputs} and is read as {:?}, but it must map {d} coordinates and time to {numbers}.",
            head.spec.inputs, head.reading
        ))));
    }
    Ok(())
}

/// What a network may use up, so that sizes are bounded before anything is computed or allocated from them.
struct Budget {
    layers: usize,
    params: usize,
}

impl Budget {
    fn spend(&mut self, layers: &[Layer]) -> Result<()> {
        for layer in layers {
            self.layers = self
                .layers
                .checked_sub(1)
                .ok_or_else(|| Error::input(format!("It has more than {DEEPEST} layers.")))?;
            let (sizes, params) = match layer {
                Layer::Linear { inputs, outputs } => {
                    ([*inputs, *outputs], inputs.checked_mul(*outputs).and_then(|w| w.checked_add(*outputs)))
                }
                Layer::LayerNorm { dim } => ([*dim, 0], dim.checked_mul(2)),
                Layer::TimeFeatures { inputs, frequencies } => ([*inputs, 0], (*frequencies <= OCTAVES).then_some(0)),
                Layer::Residual { layers } => {
                    self.spend(layers)?;
                    ([0, 0], Some(0))
                }
                Layer::Act { .. } => ([0, 0], Some(0)),
            };
            let left = params.and_then(|p| self.params.checked_sub(p));
            match left {
                Some(left) if sizes.iter().all(|s| *s <= WIDEST) => self.params = left,
                _ => {
                    return Err(Error::input(format!(
                        "The layer {layer:?} is wider than {WIDEST}, has more than {OCTAVES} octaves or needs more parameters than \
                         the model holds."
                    )));
                }
            }
        }
        Ok(())
    }
}
