//! The run: realisations side by side, each a loop of steps that end where something is due.

use super::assimilation::assimilate;
use super::diagnostics::{Column, HISTORY};
use super::emergence::Noise;
use super::flow::{Frame, attenuate, steady};
use super::{Config, Diagnostics, KM2_PER_SECOND, NAME, Observation, Scheme, Splitting, Start, balance, exact};
use crate::sphere::{Advection, Buffers, Diffusion, Flow, Sphere, Upwind, Weno3, diffuse, march};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Report, Result, Status};

/// Share of the step limit of the flow that is used.
const SAFETY: f64 = 0.95;
/// Fields beyond this would overflow in the smoothness of the reconstruction.
const STRONGEST: f64 = 1e12;

/// What is given to a run besides its settings.
#[derive(Clone, Debug, Default)]
pub struct Forcing {
    /// The mesh and the fields that realisations start from: one for all, or one each, in gauss.
    pub start: Option<(Sphere, Vec<Vec<f64>>)>,
    /// Observed maps, by time.
    pub observations: Vec<Observation>,
    /// Frames of flow, by time.
    pub frames: Vec<Frame>,
}

/// What came of one realisation.
#[derive(Clone, Debug)]
pub struct Realization {
    /// Its settings.
    pub config: Config,
    /// Maps at the kept times as far as it came, rows x columns each, in gauss.
    pub maps: Vec<Vec<f64>>,
    /// Its history.
    pub history: Vec<Diagnostics>,
    /// Steps that were taken.
    pub steps: usize,
    /// Whether it was asked to stop before its end.
    interrupted: bool,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Evolution {
    /// The mesh.
    pub sphere: Sphere,
    /// Hours of the kept maps, those of the realisation that came farthest.
    pub times: Vec<f64>,
    /// One a realisation.
    pub realizations: Vec<Realization>,
    /// Interrupted where the call was asked to stop; what was done until then is kept.
    pub report: Report,
}

impl Evolution {
    /// Lines of the longest history.
    pub fn lines(&self) -> usize {
        self.realizations.iter().map(|r| r.history.len()).max().unwrap_or(0)
    }

    /// All maps, realisations x times x rows x columns, NaN behind the end of one that was left before others.
    pub fn maps(&self) -> Vec<f64> {
        let missing = |r: &Realization| (self.times.len() - r.maps.len()) * self.sphere.cells();
        let one = |r: &Realization| {
            let kept: Vec<f64> = r.maps.iter().flatten().copied().collect();
            kept.into_iter().chain(std::iter::repeat_n(f64::NAN, missing(r)))
        };
        self.realizations.iter().flat_map(one).collect()
    }

    /// Columns of the histories: name, units, and values, realisations x lines, NaN behind the end of a shorter one.
    pub fn history(&self) -> Vec<(&'static str, &'static str, Vec<f64>)> {
        let lines = self.lines();
        let column = |(name, units, of): &Column| {
            let values =
                self.realizations.iter().flat_map(|r| (0..lines).map(|i| r.history.get(i).map_or(f64::NAN, *of)));
            (*name, *units, values.collect())
        };
        HISTORY.iter().map(column).collect()
    }
}

/// Carries surface flux for the hours of `config`.
///
/// Realisations run side by side on the threads of the context; the result is the same bytes for any number of them.
/// Takes about 9 fields of 8 bytes a cell for each realisation at work, and one for each map that is kept. Where the call is
/// asked to stop, what was done until then is kept.
///
/// # Errors
/// A setting is out of range, a map does not fit the mesh or is not finite, or the memory does not suffice.
pub fn simulate(ctx: &Context, config: &Config, forcing: &Forcing) -> Result<Evolution> {
    let began = std::time::Instant::now();
    config.check()?;
    let settings = config.realizations()?;
    let sphere = match &forcing.start {
        Some((sphere, _)) => sphere.clone(),
        None => Sphere::uniform(config.rows, config.columns)?,
    };
    check_forcing(forcing, &sphere, settings.len())?;
    let times = kept(config)?;
    let bytes = |fields: usize| (fields as u64).saturating_mul(8 * sphere.cells() as u64);
    let at_work = 9 * settings.len().min(ctx.threads());
    ctx.require_memory(
        bytes(times.len().saturating_mul(settings.len()).saturating_add(at_work)),
        "A run with maps of this size",
    )?;
    let realizations = ctx.install(|| {
        let one = |(index, config): (usize, Config)| Run::new(ctx, &sphere, &config, forcing, index)?.all(&times);
        settings.into_par_iter().enumerate().map(one).collect::<Result<Vec<_>>>()
    })?;
    let farthest = realizations.iter().map(|r| r.maps.len()).max().unwrap_or(0);
    let interrupted = realizations.iter().any(|r| r.interrupted);
    let steps = realizations.iter().map(|r| r.steps).max().unwrap_or(0);
    let report = Report::new(if interrupted { Status::Interrupted } else { Status::Converged }, steps).timed(began);
    Ok(Evolution { sphere, times: times[..farthest].to_vec(), realizations, report })
}

/// The hours at which maps are kept: the start, every so often, and the end.
fn kept(config: &Config) -> Result<Vec<f64>> {
    let every = config.every.unwrap_or(config.hours);
    let count = (config.hours / every).ceil();
    super::demand(count <= 1e6, NAME, "every", every, "at least a millionth of the duration")?;
    // A last interval that is only a rounding long is none.
    let inner = (1..count as usize).map(|i| i as f64 * every).filter(|t| *t < config.hours * (1.0 - 1e-9));
    Ok(std::iter::once(0.0).chain(inner).chain([config.hours]).collect())
}

fn check_forcing(forcing: &Forcing, sphere: &Sphere, count: usize) -> Result<()> {
    let cells = sphere.cells();
    let fits = |what: &str, values: &[f64], expected: usize, most: f64| match values
        .iter()
        .find(|v| v.is_nan() || v.abs() > most)
    {
        _ if values.len() != expected => Err(Error::input(format!(
            "{what} has {} values, but the mesh of {} rows and {} columns takes {expected}.",
            values.len(),
            sphere.rows(),
            sphere.columns()
        ))),
        Some(v) => Err(Error::input(format!("{what} holds {v}, but its values must be finite and at most {most:e}."))),
        None => Ok(()),
    };
    if let Some((_, maps)) = &forcing.start {
        if maps.len() != 1 && maps.len() != count {
            return Err(Error::input(format!("{} maps are given to start {count} realisations.", maps.len()))
                .advise("Give one map for all, or one for each."));
        }
        maps.iter().try_for_each(|m| fits("A map", m, cells, STRONGEST))?;
    }
    for seen in &forcing.observations {
        fits("An observation", &seen.values, cells, STRONGEST)?;
        fits("The trust in an observation", seen.trust.values(), cells, 1.0)?;
    }
    for frame in &forcing.frames {
        fits("A southward flow", &frame.flow.southward, cells + sphere.columns(), 1e9)?;
        fits("An eastward flow", &frame.flow.eastward, cells, 1e9)?;
    }
    let ordered = |times: Vec<f64>| times.iter().all(|t| t.is_finite()) && times.windows(2).all(|w| w[0] <= w[1]);
    if !ordered(forcing.observations.iter().map(|o| o.hours).collect())
        || !ordered(forcing.frames.iter().map(|f| f.hours).collect())
    {
        return Err(Error::input("Observations and frames of flow must come in the order of their times."));
    }
    Ok(())
}

/// The fluxes of either reconstruction.
enum Carrier<'a> {
    Upwind(Advection<'a, Upwind<'a>>),
    Weno3(Advection<'a, Weno3<'a>>),
}

impl<'a> Carrier<'a> {
    fn new(sphere: &'a Sphere, flow: Flow, scheme: Scheme) -> Self {
        match scheme {
            Scheme::UpwindEuler | Scheme::UpwindSsprk33 => {
                Self::Upwind(Advection { sphere, fluxes: Upwind { sphere, flow } })
            }
            Scheme::Weno3Ssprk33 | Scheme::Weno3Ssprk43 => {
                Self::Weno3(Advection { sphere, fluxes: Weno3::new(sphere, flow) })
            }
        }
    }
}

struct Run<'a> {
    ctx: &'a Context,
    sphere: &'a Sphere,
    config: Config,
    forcing: &'a Forcing,
    index: usize,
    field: Vec<f64>,
    buffers: Buffers,
    hours: f64,
}

impl<'a> Run<'a> {
    fn new(ctx: &'a Context, sphere: &'a Sphere, config: &Config, forcing: &'a Forcing, index: usize) -> Result<Self> {
        let mut field = match (&forcing.start, config.start) {
            (Some((_, maps)), _) => maps[if maps.len() == 1 { 0 } else { index }].clone(),
            (None, Start::SoccerBall) => exact::soccer_ball(sphere),
            (None, Start::Gaussians) => exact::gaussians(sphere, 0.03, 0.0, 0.0),
            (None, Start::Empty) => vec![0.0; sphere.cells()],
        };
        sphere.average_poles(&mut field);
        if config.balance {
            balance(sphere, &mut field);
        }
        Ok(Self { ctx, sphere, config: config.clone(), forcing, index, field, buffers: Buffers::default(), hours: 0.0 })
    }

    /// Runs to the end.
    fn all(mut self, times: &[f64]) -> Result<Realization> {
        let config = self.config.clone();
        let diffusion = Diffusion::new(self.sphere, |_| config.diffusivity * KM2_PER_SECOND);
        let emerging = config.emergence.flux > 0.0;
        let mut noise = emerging.then(|| Noise::new(self.sphere, &config.emergence, self.ctx.seed(), self.index));
        let moving = self.moves();
        let mut carrier: Option<(Carrier<'a>, f64, usize)> = None;
        let (mut maps, mut history, mut seen, mut steps) = (Vec::new(), Vec::new(), 0, 0);
        seen += self.observe(seen);
        self.record(&mut history);
        maps.push(self.field.clone());
        let mut interrupted = false;
        'times: for &due in &times[1..] {
            while self.hours < due {
                if self.ctx.check_stop().is_err() {
                    interrupted = true;
                    break 'times;
                }
                let frame = self.forcing.frames.partition_point(|f| f.hours <= self.hours);
                if moving && (config.attenuation.is_some() || carrier.as_ref().is_none_or(|c| c.2 != frame)) {
                    carrier = Some(self.carrier(frame));
                }
                let limit = carrier.as_ref().map_or(f64::INFINITY, |c| c.1);
                let next = self.next_time(due, limit, frame, seen, noise.as_ref());
                if next <= self.hours {
                    return Err(Error::failed(format!(
                        "The flow allows steps of {limit:e} hours only, which time does not resolve."
                    ))
                    .advise("Check the units of the flow: settings are in m/s or km/s, frames in m/s."));
                }
                self.step(next - self.hours, carrier.as_ref().map(|c| &c.0), &diffusion, noise.as_mut());
                self.hours = next;
                steps += 1;
                seen += self.observe(seen);
                let last: &Diagnostics = &history[history.len() - 1];
                if self.hours >= last.hours + config.history_every {
                    self.record(&mut history);
                }
                if self.index == 0 {
                    self.ctx.progress("surface flux", self.hours as u64, config.hours as u64, "hours");
                }
            }
            if self.field.iter().any(|b| !b.is_finite()) {
                return Err(Error::failed(format!("The field left the finite range before hour {due}."))
                    .advise("Set a shorter step_max, and check the units of diffusivity and flows."));
            }
            maps.push(self.field.clone());
        }
        if history[history.len() - 1].hours < self.hours {
            self.record(&mut history);
        }
        Ok(Realization { config, maps, history, steps, interrupted })
    }

    /// Whether anything flows.
    fn moves(&self) -> bool {
        let c = &self.config;
        let speeds = c.rotation.iter().chain(&c.meridional).chain([&c.rigid, &c.southward]);
        !self.forcing.frames.is_empty() || speeds.into_iter().any(|v| *v != 0.0)
    }

    /// The flow of the moment, the longest step it allows, and how many frames have begun.
    fn carrier(&self, frame: usize) -> (Carrier<'a>, f64, usize) {
        let now = frame.checked_sub(1).map(|i| &self.forcing.frames[i]);
        let mut flow = steady(self.sphere, &self.config, now);
        if let Some(scale) = self.config.attenuation {
            attenuate(self.sphere, &mut flow, &self.field, scale);
        }
        let halves = if self.config.splitting == Splitting::Strang { 2.0 } else { 1.0 };
        let limit = SAFETY * halves * self.config.scheme.reach() * flow.step_limit(self.sphere);
        (Carrier::new(self.sphere, flow, self.config.scheme), limit, frame)
    }

    /// Where the next step ends: at the limit, or at what is due before.
    fn next_time(&self, due: f64, limit: f64, frame: usize, seen: usize, noise: Option<&Noise<'_>>) -> f64 {
        let emergence = noise.map_or(f64::INFINITY, |n| n.next(self.hours));
        // Between two frames of noise there are at least two steps.
        let smooth = noise.map_or(f64::INFINITY, |_| 0.5 * self.config.emergence.lifetime);
        let longest = self.config.step_max.unwrap_or(f64::INFINITY).min(limit).min(smooth);
        let flow = self.forcing.frames.get(frame).map_or(f64::INFINITY, |f| f.hours);
        let observed = self.forcing.observations.get(seen).map_or(f64::INFINITY, |o| o.hours);
        (self.hours + longest).min(due).min(flow).min(observed).min(emergence)
    }

    fn step(
        &mut self,
        step: f64,
        carrier: Option<&Carrier<'_>>,
        diffusion: &Diffusion<'_>,
        mut noise: Option<&mut Noise<'_>>,
    ) {
        match self.config.splitting {
            Splitting::Sequential => {
                self.advect(step, carrier);
                self.spread(step, diffusion);
                self.emerge(step, noise);
            }
            Splitting::Strang => {
                self.emerge(0.5 * step, noise.as_deref_mut());
                self.advect(0.5 * step, carrier);
                self.spread(step, diffusion);
                self.advect(0.5 * step, carrier);
                self.emerge(0.5 * step, noise);
            }
        }
    }

    fn spread(&mut self, step: f64, diffusion: &Diffusion<'_>) {
        if self.config.diffusivity > 0.0 {
            diffuse(diffusion, self.config.diffusion, step, &mut self.field, &mut self.buffers);
        }
    }

    fn advect(&mut self, step: f64, carrier: Option<&Carrier<'_>>) {
        let stages = self.config.scheme.stages();
        match carrier {
            None => {}
            Some(Carrier::Upwind(flow)) => march(flow, stages, step, &mut self.field, &mut self.buffers),
            Some(Carrier::Weno3(flow)) => march(flow, stages, step, &mut self.field, &mut self.buffers),
        }
    }

    fn emerge(&mut self, step: f64, noise: Option<&mut Noise<'_>>) {
        if let Some(noise) = noise {
            noise.emerge(&mut self.field, self.hours, step);
        }
    }

    /// Takes in what has been observed by now; returns how many maps that was.
    fn observe(&mut self, seen: usize) -> usize {
        let due = self.forcing.observations[seen..].iter().take_while(|o| o.hours <= self.hours);
        due.map(|o| assimilate(self.sphere, &mut self.field, o, &self.config.assimilation)).count()
    }

    fn record(&self, history: &mut Vec<Diagnostics>) {
        history.push(Diagnostics::of(self.sphere, &self.field, self.hours, self.config.cap));
    }
}
