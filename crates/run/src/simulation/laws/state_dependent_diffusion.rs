//! Walkers in a well whose diffusivity depends on position (S052), as a density of them in space and time.

use super::super::law::{Field, Fields, Grid, Law, Outcome, Series, Setting, Settings, Usual};
use super::require_room;
use thalweg_core::{Context, Error, Points, Result, Trajectory};
use thalweg_dynamics::state_diffusion::{Config, Convention, Drift, Profile, stationary, walk};

/// The line of the table.
pub const LAW: Law = Law {
    name: "state-dependent-diffusion",
    summary: "Walkers in a harmonic well that diffuse faster far out, and the law that they relax to",
    method: "S052",
    settings: &[
        Setting {
            name: "convention",
            usual: Usual::Word(&["ito", "stratonovich", "anti-ito"]),
            meaning: "where in a step the amplitude of the noise is taken",
        },
        Setting {
            name: "drift",
            usual: Usual::Word(&["boltzmann", "force-only"]),
            meaning: "with the drift that noise induces, or without: then the law is not Boltzmann's",
        },
        Setting { name: "stiffness", usual: Usual::Number(1.0), meaning: "of the well, k x^2 / 2 in kT; at least 0" },
        Setting { name: "inside", usual: Usual::Number(1.0), meaning: "diffusivity in the middle, more than 0" },
        Setting { name: "outside", usual: Usual::Number(9.0), meaning: "diffusivity far out, more than 0" },
        Setting { name: "width", usual: Usual::Number(2.0), meaning: "where it is half way, more than 0" },
        Setting { name: "walls", usual: Usual::Number(5.0), meaning: "reflect at this distance, more than 0" },
        Setting { name: "walkers", usual: Usual::Whole(4000), meaning: "evenly between the walls at first" },
        Setting { name: "bins", usual: Usual::Whole(80), meaning: "of the density, 2 to 10000" },
        Setting { name: "step", usual: Usual::Number(0.002), meaning: "time of a step, more than 0" },
        Setting { name: "time", usual: Usual::Number(4.0), meaning: "duration, more than 0" },
    ],
    simulate: follow,
};

/// Bins that a density may have.
const BINS: std::ops::RangeInclusive<usize> = 2..=10_000;
/// Steps between two kept times, at most.
const MOST_STEPS: f64 = 1e12;

/// `inside + (outside - inside) x^2 / (x^2 + width^2)`.
#[derive(Clone, Copy)]
struct Diffusivity {
    inside: f64,
    outside: f64,
    width: f64,
}

impl Diffusivity {
    fn at(self, x: f64) -> f64 {
        self.inside + (self.outside - self.inside) * x * x / (x * x + self.width * self.width)
    }

    fn slope(self, x: f64) -> f64 {
        let square = self.width * self.width;
        (self.outside - self.inside) * 2.0 * x * square / (x * x + square).powi(2)
    }
}

fn follow(settings: &Settings, ctx: &Context) -> Result<Outcome> {
    for name in ["inside", "outside", "width", "walls", "step", "time"] {
        let value = settings.number(name)?;
        if value <= 0.0 {
            return Err(Error::input(format!("{name} is {value}, but it must be more than 0.")));
        }
    }
    let (stiffness, bins) = (settings.number("stiffness")?, settings.whole("bins")?);
    if stiffness < 0.0 || !BINS.contains(&bins) {
        return Err(Error::input(format!(
            "stiffness is {stiffness} and bins is {bins}, but they must be at least 0, and {} to {}.",
            BINS.start(),
            BINS.end()
        )));
    }
    let diffusivity = Diffusivity {
        inside: settings.number("inside")?,
        outside: settings.number("outside")?,
        width: settings.number("width")?,
    };
    let (walls, walkers) = (settings.number("walls")?, settings.whole("walkers")?);
    require_room(ctx, settings.frames, bins.max(walkers))?;
    let config = config(settings)?;
    let medium = Profile {
        slope: |x: f64| stiffness * x,
        diffusivity: |x: f64| diffusivity.at(x),
        divergence: |x: f64| diffusivity.slope(x),
    };
    let start = (0..walkers).map(|k| walls * ((2 * k + 1) as f64 / walkers as f64 - 1.0)).collect();
    let run = walk(ctx, &medium, &Points::new(1, start)?, &config)?;
    let fine: Vec<f64> = (0..=2000).map(|k| walls * (f64::from(k) / 1000.0 - 1.0)).collect();
    let potential = |x: f64| 0.5 * stiffness * x * x;
    let law = stationary(config.convention, config.drift, potential, |x| diffusivity.at(x), &fine)?;
    let spread = law.iter().zip(&fine).map(|(p, x)| p * x * x).sum::<f64>() * walls / 1000.0;
    Ok(outcome(&run, walls, bins, spread))
}

fn config(settings: &Settings) -> Result<Config> {
    let (walls, wanted) = (settings.number("walls")?, settings.number("step")?);
    let between = settings.number("time")? / (settings.frames - 1) as f64;
    let every = (between / wanted).ceil().max(1.0);
    if every > MOST_STEPS {
        return Err(Error::input(format!(
            "{between} from one kept time to the next takes {every:e} steps of {wanted}."
        ))
        .advise("Raise the step or shorten the time."));
    }
    Ok(Config {
        convention: match settings.word("convention")? {
            "stratonovich" => Convention::Stratonovich,
            "anti-ito" => Convention::AntiIto,
            _ => Convention::Ito,
        },
        drift: if settings.word("drift")? == "force-only" { Drift::ForceOnly } else { Drift::Boltzmann },
        // A whole number of steps lies between two kept times.
        step: between / every,
        every: every as usize,
        saves: settings.frames - 1,
        walls: Some([-walls, walls]),
    })
}

fn outcome(run: &Trajectory, walls: f64, bins: usize, spread: f64) -> Outcome {
    let width = 2.0 * walls / bins as f64;
    let density = |points: &Points| {
        let mut density = vec![0.0; bins];
        let share = 1.0 / (points.len() as f64 * width);
        points.values().iter().for_each(|x| density[(((x + walls) / width) as usize).min(bins - 1)] += share);
        density
    };
    let moment =
        |points: &Points, power: i32| points.values().iter().map(|x| x.powi(power)).sum::<f64>() / points.len() as f64;
    let squares: Vec<f64> = run.states.iter().map(|s| moment(s, 2)).collect();
    let late = &squares[squares.len() / 2..];
    let facts = vec![
        ("mean square, second half".into(), late.iter().sum::<f64>() / late.len() as f64),
        ("mean square of the stationary law".into(), spread),
    ];
    let field = Field::new("density", "", run.states.iter().flat_map(density).collect());
    let x = (0..bins).map(|k| (k as f64 + 0.5) * width - walls).collect();
    let columns =
        vec![("mean".into(), run.states.iter().map(|s| moment(s, 1)).collect()), ("mean square".into(), squares)];
    Outcome {
        fields: Some(Fields { grid: Grid::Line { x }, times: run.times.clone(), fields: vec![field] }),
        series: Some(Series { times: run.times.clone(), columns }),
        facts,
        time_unit: String::new(),
        report: run.report.clone(),
    }
}
