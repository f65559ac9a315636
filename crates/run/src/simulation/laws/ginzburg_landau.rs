//! Phases that separate on a plane and interfaces that shrink (S118).

use super::super::law::{Field, Fields, Grid, Law, Outcome, Series, Setting, Settings, Usual};
use super::{relative, require_room};
use thalweg_core::{Class, Context, Error, Report, Result, Status, Stream};
use thalweg_field::ginzburg_landau::{Config, Momentum, PhaseField, Plane};

/// The line of the table.
pub const LAW: Law = Law {
    name: "ginzburg-landau",
    summary: "Phases that separate and interfaces that shrink on a periodic square, with or without momentum",
    method: "S118",
    settings: &[
        Setting {
            name: "start",
            usual: Usual::Word(&["noise", "disc", "stripe"]),
            meaning: "first field: small noise, a disc or a stripe of one phase in the other",
        },
        Setting { name: "points", usual: Usual::Whole(96), meaning: "of a side, 4 to 4096" },
        Setting { name: "length", usual: Usual::Number(1.0), meaning: "of a side, more than 0" },
        Setting { name: "radius", usual: Usual::Number(0.3), meaning: "of the disc, or half the stripe; more than 0" },
        Setting { name: "interface", usual: Usual::Number(0.02), meaning: "width of an interface, more than 0" },
        Setting {
            name: "momentum",
            usual: Usual::Word(&["none", "damped", "growing", "restarted"]),
            meaning: "none is gradient flow, damped a damped wave",
        },
        Setting { name: "damping", usual: Usual::Number(5.0), meaning: "of the damped wave, at least 0" },
        Setting {
            name: "step",
            usual: Usual::Number(0.001),
            meaning: "time of a step of gradient flow, the square of that of a wave; more than 0",
        },
        Setting { name: "every", usual: Usual::Whole(6), meaning: "steps from one kept time to the next" },
        Setting {
            name: "convexity",
            usual: Usual::Number(0.0),
            meaning: "taken implicitly: 0 for small steps that are accurate in time, 2 for steps of any size",
        },
    ],
    simulate: follow,
};

/// Points that a side may have.
const SIDE: std::ops::RangeInclusive<usize> = 4..=4096;

fn follow(settings: &Settings, ctx: &Context) -> Result<Outcome> {
    let (n, length, radius) = (settings.whole("points")?, settings.number("length")?, settings.number("radius")?);
    if !SIDE.contains(&n) || radius <= 0.0 {
        return Err(Error::input(format!(
            "points is {n} and radius is {radius}, but points must be {} to {}, and the radius more than 0.",
            SIDE.start(),
            SIDE.end()
        )));
    }
    require_room(ctx, settings.frames, n * n)?;
    let config = config(settings)?;
    let plane = Plane::new(&[n, n], &[length, length])?;
    let places: Vec<f64> = (0..n).map(|i| i as f64 * length / n as f64).collect();
    let start = start(settings, ctx, &places, length)?;
    let mut field = PhaseField::new(&plane, &start, &[], config)?;
    // A wave moves by the root of the step a step.
    let time = if matches!(config.momentum, Momentum::None {}) { config.step } else { config.step.sqrt() };
    let (every, frames) = (settings.whole("every")?, settings.frames);
    let mut seen = Seen::default();
    seen.look(0.0, &field);
    let mut report = Report::new(Status::Converged, every.saturating_mul(frames - 1));
    for frame in 1..frames {
        match coast(&mut field, every, ctx) {
            Ok(()) => seen.look((frame as f64 * every as f64) * time, &field),
            Err(error) if error.class() == Class::Interrupted => {
                report = Report::new(Status::Interrupted, (frame - 1) * every);
                break;
            }
            Err(error) => {
                let ended = Report::new(Status::Diverged, (frame - 1) * every);
                report = ended.advise(error.advice().unwrap_or("Take a smaller step."));
                break;
            }
        }
        ctx.progress("phases", frame as u64, frames as u64 - 1, "");
    }
    Ok(seen.outcome(places, report))
}

fn coast(field: &mut PhaseField<'_>, steps: usize, ctx: &Context) -> Result<()> {
    for _ in 0..steps {
        ctx.check_stop()?;
        field.step()?;
    }
    Ok(())
}

fn config(settings: &Settings) -> Result<Config> {
    let momentum = match settings.word("momentum")? {
        "damped" => Momentum::Damped { damping: settings.number("damping")? },
        "growing" => Momentum::Growing {},
        "restarted" => Momentum::Restarted {},
        _ => Momentum::None {},
    };
    let config = Config {
        interface: settings.number("interface")?,
        step: settings.number("step")?,
        convexity: settings.number("convexity")?,
        momentum,
        ..Config::default()
    };
    config.check()?;
    // Where the potential is explicit, its steepness in the phases, 2 over the interface, bounds the step; a wave may go twice
    // as far.
    let reach = if matches!(config.momentum, Momentum::None {}) { 1.0 } else { 2.0 };
    let limit = reach * config.interface / (1.0 - config.convexity);
    if config.convexity < 1.0 && config.step > limit {
        return Err(Error::input(format!("The step {} is beyond the stability limit {limit:.3e}.", config.step))
            .advise(format!("Take a step of {:.1e} or less, or convexity=2 for steps of any size.", 0.25 * limit)));
    }
    Ok(config)
}

/// The first field, row by row; interfaces have the profile of one at rest.
fn start(settings: &Settings, ctx: &Context, places: &[f64], length: f64) -> Result<Vec<f64>> {
    let (radius, centre) = (settings.number("radius")?, 0.5 * length);
    let wide = settings.number("interface")? * std::f64::consts::SQRT_2;
    let of = |inside: &dyn Fn(f64, f64) -> f64| {
        let row = |y: &f64| places.iter().map(|x| (inside(x - centre, y - centre) / wide).tanh()).collect::<Vec<_>>();
        places.iter().flat_map(row).collect()
    };
    Ok(match settings.word("start")? {
        "disc" => of(&|x, y| radius - x.hypot(y)),
        "stripe" => of(&|x, _| radius - x.abs()),
        _ => {
            let mut stream = Stream::new(ctx.seed(), "ginzburg-landau law", 0);
            (0..places.len() * places.len()).map(|_| 0.1 * stream.normal()).collect()
        }
    })
}

/// What was seen of a field.
#[derive(Default)]
struct Seen {
    times: Vec<f64>,
    values: Vec<f64>,
    energies: Vec<f64>,
    shares: Vec<f64>,
}

impl Seen {
    fn look(&mut self, time: f64, field: &PhaseField<'_>) {
        let u = field.values();
        self.times.push(time);
        self.energies.push(field.energy());
        self.shares.push(u.iter().filter(|u| **u > 0.0).count() as f64 / u.len() as f64);
        self.values.extend_from_slice(u);
    }

    fn outcome(self, places: Vec<f64>, report: Report) -> Outcome {
        let rise = self.energies.windows(2).map(|e| e[1] - e[0]).fold(0.0, f64::max);
        let first = self.energies[0];
        let facts = vec![
            ("energy at the end".into(), self.energies[self.energies.len() - 1]),
            ("largest rise of the energy between kept times, relative".into(), relative(rise, first)),
            ("share of the positive phase at the end".into(), self.shares[self.shares.len() - 1]),
        ];
        let field = Field::new("u", "", self.values);
        let columns = vec![("energy".into(), self.energies), ("share of the positive phase".into(), self.shares)];
        let grid = Grid::plane(places.clone(), places);
        Outcome {
            fields: Some(Fields { grid, times: self.times.clone(), fields: vec![field] }),
            series: Some(Series { times: self.times, columns }),
            facts,
            time_unit: String::new(),
            report,
        }
    }
}
