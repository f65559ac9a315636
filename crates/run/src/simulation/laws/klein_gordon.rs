//! Nonlinear waves, kinks and breathers on a line (S069).

use super::super::law::{Field, Fields, Grid, Law, Outcome, Series, Setting, Settings, Usual};
use super::require_room;
use thalweg_core::{Context, Result};
use thalweg_field::klein_gordon::{Config, Evolution, Potential, Start, simulate};

/// The line of the table.
pub const LAW: Law = Law {
    name: "klein-gordon",
    summary: "Waves, kinks, breathers and collisions of the nonlinear Klein-Gordon equation on a line",
    method: "S069",
    settings: &[
        Setting {
            name: "start",
            usual: Usual::Word(&["breather", "kink", "collision", "packet"]),
            meaning: "sine-Gordon breather, quartic kink, quartic kink and antikink, free packet",
        },
        Setting { name: "speed", usual: Usual::Number(0.2), meaning: "of kinks and breather, between -1 and 1" },
        Setting { name: "frequency", usual: Usual::Number(0.5), meaning: "of the breather, between 0 and 1" },
        Setting { name: "distance", usual: Usual::Number(20.0), meaning: "of kink and antikink, more than 0" },
        Setting { name: "points", usual: Usual::Whole(512), meaning: "of the line, even and at least 4" },
        Setting { name: "length", usual: Usual::Number(60.0), meaning: "of the line, more than 0" },
        Setting { name: "time", usual: Usual::Number(100.0), meaning: "duration, more than 0" },
    ],
    simulate: follow,
};

fn follow(settings: &Settings, ctx: &Context) -> Result<Outcome> {
    require_room(ctx, settings.frames, settings.whole("points")?)?;
    let (speed, quartic) = (settings.number("speed")?, Potential::Quartic { coupling: 1.0, vacuum: 1.0 });
    let (potential, start) = match settings.word("start")? {
        "kink" => (quartic, Start::Kink { speed }),
        "collision" => (quartic, Start::Collision { speed, distance: settings.number("distance")? }),
        "packet" => (Potential::Linear { mass: 1.0 }, Start::Packet { height: 1.0, width: 2.0 }),
        _ => (Potential::SineGordon {}, Start::Breather { frequency: settings.number("frequency")?, speed }),
    };
    let config = Config {
        potential,
        start,
        points: settings.whole("points")?,
        length: settings.number("length")?,
        step: None,
        time: settings.number("time")?,
        saves: settings.frames - 1,
    };
    Ok(outcome(simulate(ctx, &config)?))
}

fn outcome(run: Evolution) -> Outcome {
    let values = run.states.iter().flat_map(|s| s.u.iter().copied()).collect();
    let field = Field::new("u", "", values);
    let columns = vec![
        ("energy".into(), run.observed.iter().map(|o| o.energy).collect()),
        ("momentum".into(), run.observed.iter().map(|o| o.momentum).collect()),
        ("charge".into(), run.observed.iter().map(|o| o.charge).collect()),
        ("entropy of the energy".into(), run.entropies.iter().map(|e| e.shannon).collect()),
    ];
    let drift = run.report.residuals.first().map_or(0.0, |(_, drift)| *drift);
    Outcome {
        fields: Some(Fields { grid: Grid::Line { x: run.x }, times: run.times.clone(), fields: vec![field] }),
        series: Some(Series { times: run.times, columns }),
        facts: vec![("largest change of the energy, relative".into(), drift)],
        time_unit: String::new(),
        report: run.report,
    }
}
