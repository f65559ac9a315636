//! What a user chooses about an integration, as plain data.

use crate::{
    Etdrk4, EulerMaruyama, Milstein, Platen, Polynomials, Rodas5p, RungeKutta, Splitting, Sra1, Sri1, Stepper,
    StochasticHeun, SuperTime, Symplectic, Tableau, splitting, tableau,
};
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// The integration schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Explicit Euler, order 1, one evaluation a step.
    Euler,
    /// Explicit midpoint, order 2, two evaluations a step.
    Midpoint,
    /// Heun's trapezoidal rule, order 2, two evaluations a step.
    Heun,
    /// The classical method of Kutta, order 4, four evaluations a step.
    Rk4,
    /// Dormand and Prince's pair of orders 5 and 4, adaptive, six evaluations a step, dense output of order 4.
    DormandPrince,
    /// Tsitouras' pair of orders 5 and 4, adaptive, six evaluations a step, dense output of order 4.
    Tsit5,
    /// Dormand and Prince's method of order 8, adaptive, twelve evaluations a step, dense output of order 7: the cheapest
    /// from tolerances of about 1e-8 on.
    Dop853,
    /// RKL2, adaptive, order 2, for diffusion: stages as the spectral radius asks, see [`SuperTime`].
    Rkl2,
    /// RKG2, as RKL2 with boundary values that stay monotone.
    Rkg2,
    /// Rodas5P, adaptive, order 5, linearly implicit, for stiff laws: one decomposition of `dim x dim` numbers a row and
    /// step; dense output of order 4.
    Rodas5p,
    /// Störmer-Verlet, symplectic, order 2, one force a step. This and the next five need a [`crate::Separable`] law.
    Verlet,
    /// Yoshida's triple jump, symplectic, order 4, three forces a step.
    Yoshida4,
    /// Blanes and Moan's S6, symplectic, order 4, six forces a step, about a hundredth of the error.
    BlanesMoan4,
    /// Blanes and Moan's S10, symplectic, order 6, ten forces a step.
    BlanesMoan6,
    /// Kahan and Li's composition, symplectic, order 6, nine forces a step.
    KahanLi6,
    /// Kahan and Li's composition, symplectic, order 8, seventeen forces a step.
    KahanLi8,
    /// ETDRK4, exponential, order 4, four evaluations a step, for a [`crate::Semilinear`] law.
    Etdrk4,
    /// Euler-Maruyama: weak order 1, strong order 1/2, and strong order 1 for additive noise.
    ///
    /// This and the next five follow vector fields with noise and [`crate::Diffusion`] laws, whatever the sense in which
    /// those are written.
    EulerMaruyama,
    /// Stochastic Heun: for additive noise weak order 2, strong order 1; else weak order 1, strong order 1 where the noise
    /// commutes and 1/2 where not.
    StochasticHeun,
    /// Milstein, for diagonal or commuting noise: strong order 1.
    Milstein,
    /// Rößler's SRA1, for additive noise (of a [`crate::Diffusion`] that says so): strong order 3/2, weak order 2.
    Sra1,
    /// Rößler's SRI1, for diagonal noise: strong order 3/2.
    Sri1,
    /// Platen's method of weak order 2, for any noise; strong order 1/2.
    Platen,
}

/// What a scheme must know of a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Its drift.
    Drift,
    /// Its drift and its noise.
    Noise,
    /// Noise that is diagonal or commutes.
    CommutingNoise,
    /// Noise that is diagonal.
    DiagonalNoise,
    /// Noise that does not depend on the state.
    AdditiveNoise,
    /// Velocity and force.
    Separable,
    /// The diagonal linear part.
    Semilinear,
}

impl Need {
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Drift => "a drift",
            Self::Noise => "a drift and a noise",
            Self::CommutingNoise => "noise that is diagonal or commutes",
            Self::DiagonalNoise => "noise that is diagonal",
            Self::AdditiveNoise => "noise that does not depend on the state",
            Self::Separable => "a Hamiltonian that is kinetic plus potential energy (Law::Separable)",
            Self::Semilinear => "a diagonal linear part (Law::Semilinear)",
        }
    }
}

/// The family that a scheme belongs to, with its data.
enum Family {
    RungeKutta(&'static Tableau),
    SuperTime(Polynomials),
    Rosenbrock,
    Symplectic(&'static Splitting),
    Exponential,
    Stochastic(Need, fn() -> Box<dyn Stepper>),
}

impl Scheme {
    fn family(self) -> Family {
        match self {
            Self::Euler => Family::RungeKutta(&tableau::EULER),
            Self::Midpoint => Family::RungeKutta(&tableau::MIDPOINT),
            Self::Heun => Family::RungeKutta(&tableau::HEUN),
            Self::Rk4 => Family::RungeKutta(&tableau::RK4),
            Self::DormandPrince => Family::RungeKutta(&tableau::DORMAND_PRINCE),
            Self::Tsit5 => Family::RungeKutta(&tableau::TSIT5),
            Self::Dop853 => Family::RungeKutta(&tableau::DOP853),
            Self::Rkl2 => Family::SuperTime(Polynomials::Legendre),
            Self::Rkg2 => Family::SuperTime(Polynomials::Gegenbauer),
            Self::Rodas5p => Family::Rosenbrock,
            Self::Verlet => Family::Symplectic(&splitting::VERLET),
            Self::Yoshida4 => Family::Symplectic(&splitting::YOSHIDA4),
            Self::BlanesMoan4 => Family::Symplectic(&splitting::BLANES_MOAN4),
            Self::BlanesMoan6 => Family::Symplectic(&splitting::BLANES_MOAN6),
            Self::KahanLi6 => Family::Symplectic(&splitting::KAHAN_LI6),
            Self::KahanLi8 => Family::Symplectic(&splitting::KAHAN_LI8),
            Self::Etdrk4 => Family::Exponential,
            Self::EulerMaruyama => Family::Stochastic(Need::Noise, || Box::new(EulerMaruyama::default())),
            Self::StochasticHeun => Family::Stochastic(Need::Noise, || Box::new(StochasticHeun::default())),
            Self::Milstein => Family::Stochastic(Need::CommutingNoise, || Box::new(Milstein::default())),
            Self::Sra1 => Family::Stochastic(Need::AdditiveNoise, || Box::new(Sra1::default())),
            Self::Sri1 => Family::Stochastic(Need::DiagonalNoise, || Box::new(Sri1::default())),
            Self::Platen => Family::Stochastic(Need::Noise, || Box::new(Platen::default())),
        }
    }

    /// Whether the scheme draws noise.
    pub fn is_stochastic(self) -> bool {
        matches!(self.family(), Family::Stochastic(..))
    }

    /// Whether the scheme chooses its own step lengths.
    pub fn is_adaptive(self) -> bool {
        match self.family() {
            Family::RungeKutta(tableau) => !matches!(tableau.error, tableau::Estimate::None),
            Family::SuperTime(_) | Family::Rosenbrock => true,
            Family::Symplectic(_) | Family::Exponential | Family::Stochastic(..) => false,
        }
    }

    /// What the scheme must know of a law.
    pub fn need(self) -> Need {
        match self.family() {
            Family::RungeKutta(_) | Family::SuperTime(_) | Family::Rosenbrock => Need::Drift,
            Family::Symplectic(_) => Need::Separable,
            Family::Exponential => Need::Semilinear,
            Family::Stochastic(need, _) => need,
        }
    }

    /// A fresh stepper of this scheme.
    pub fn stepper(self) -> Box<dyn Stepper> {
        match self.family() {
            Family::RungeKutta(tableau) => Box::new(RungeKutta::new(tableau)),
            Family::SuperTime(polynomials) => Box::new(SuperTime::new(polynomials)),
            Family::Rosenbrock => Box::new(Rodas5p::default()),
            Family::Symplectic(splitting) => Box::new(Symplectic::new(splitting)),
            Family::Exponential => Box::new(Etdrk4::default()),
            Family::Stochastic(_, stepper) => stepper(),
        }
    }
}

/// Which states to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaveAt {
    /// The end of the span only.
    End,
    /// The start and every step. An adaptive scheme then takes one common step length for all rows, so that
    /// they share their times, and runs on one thread.
    Steps,
    /// This many equally spaced times, both ends included (at least 2).
    Even(usize),
    /// These times, in the order of integration, within the span.
    Times(Vec<f64>),
}

/// Which rows share the steps of an adaptive scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// Blocks of 256 rows: laws are evaluated for many rows at a time, in the steps of the row that needs most.
    Block,
    /// None: each row has its own steps, events and step count, and is the same whatever rows are beside it. Best where
    /// rows differ in what they need and the law costs as much a row alone as in company.
    Row,
}

/// Configuration of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Integrate {
    /// The scheme.
    pub scheme: Scheme,
    /// Equal steps over the whole span, for schemes of fixed step. Steps land on the saved times, so each
    /// interval between two of them gets its share, rounded up.
    pub steps: usize,
    /// Relative tolerance of an adaptive scheme.
    pub rtol: f64,
    /// Absolute tolerance of an adaptive scheme, in units of the state.
    pub atol: f64,
    /// What to keep.
    pub save: SaveAt,
    /// Which rows share the steps of an adaptive scheme.
    pub share: Share,
    /// Most steps a row may take, rejected ones included.
    pub max_steps: usize,
    /// Wall-clock budget in seconds.
    pub max_seconds: Option<f64>,
}

impl Default for Integrate {
    /// Dormand-Prince with tolerances 1e-6, the end saved, at most 100,000 steps.
    fn default() -> Self {
        Self {
            scheme: Scheme::DormandPrince,
            steps: 100,
            rtol: 1e-6,
            atol: 1e-6,
            save: SaveAt::End,
            share: Share::Block,
            max_steps: 100_000,
            max_seconds: None,
        }
    }
}

impl Integrate {
    /// A scheme of fixed step with this many steps over the span.
    pub fn fixed(scheme: Scheme, steps: usize) -> Self {
        Self { scheme, steps, max_steps: steps.max(100_000).saturating_mul(2), ..Self::default() }
    }

    /// Dormand-Prince with `rtol = atol = tolerance`.
    pub fn adaptive(tolerance: f64) -> Self {
        Self { rtol: tolerance, atol: tolerance, ..Self::default() }
    }

    /// The same, keeping other states.
    #[must_use]
    pub fn saving(self, save: SaveAt) -> Self {
        Self { save, ..self }
    }

    /// Refuses settings that no integration can follow.
    ///
    /// # Errors
    /// Tolerances, step counts or budgets out of range; the message names the value.
    pub fn validate(&self) -> Result<()> {
        if self.steps == 0 && !self.scheme.is_adaptive() {
            return Err(Error::input("The number of steps is 0, but a scheme of fixed step needs at least 1."));
        }
        if self.max_steps == 0 {
            return Err(Error::input("max_steps is 0, but an integration needs at least 1 step."));
        }
        let finite = |v: f64| v.is_finite() && v >= 0.0;
        if !finite(self.rtol) || !finite(self.atol) || self.rtol + self.atol <= 0.0 {
            return Err(Error::input(format!(
                "The tolerances are rtol = {} and atol = {}, but both must be finite and not negative, and one of them positive.",
                self.rtol, self.atol
            )));
        }
        match self.max_seconds {
            Some(s) if !(s.is_finite() && s > 0.0) => {
                Err(Error::input(format!("max_seconds is {s}, but a time budget must be finite and positive.")))
            }
            _ => Ok(()),
        }
    }
}
