//! A mass on a ring that random neighbours move and mix (S051), as space and time.

use super::super::law::{Field, Fields, Grid, Law, Outcome, Series, Setting, Settings, Usual};
use super::{relative, require_room};
use thalweg_core::{Context, Report, Result, Status};
use thalweg_field::mass_exchange::{Config, Exchange, Partners, Ring, Shape, shape};

/// The line of the table.
pub const LAW: Law = Law {
    name: "random-advection-diffusion",
    summary: "A conserved mass on a ring of sites, moved and mixed between random neighbours",
    method: "S051",
    settings: &[
        Setting {
            name: "exchange",
            usual: Usual::Word(&["pair-sum", "one-way", "aggregation", "uniform-share", "uniform-gift"]),
            meaning: "what two sites do: one takes most of both, one gives most of its own, one takes all, shares, gifts",
        },
        Setting { name: "kept", usual: Usual::Number(0.05), meaning: "what pair-sum and one-way leave, 0 to 1" },
        Setting {
            name: "partners",
            usual: Usual::Word(&["neighbours", "anyone"]),
            meaning: "whom a site meets: its neighbours on the ring, or anyone",
        },
        Setting { name: "sites", usual: Usual::Whole(64), meaning: "of the ring, at least 3" },
        Setting { name: "every", usual: Usual::Whole(10), meaning: "sweeps from one kept time to the next" },
    ],
    simulate: follow,
};

/// A site holds something where it has more than this share of the mean.
const HELD: f64 = 0.1;

fn follow(settings: &Settings, ctx: &Context) -> Result<Outcome> {
    let kept = settings.number("kept")?;
    let exchange = match settings.word("exchange")? {
        "one-way" => Exchange::OneWay { kept },
        "aggregation" => Exchange::Aggregation {},
        "uniform-share" => Exchange::UniformShare {},
        "uniform-gift" => Exchange::UniformGift {},
        _ => Exchange::PairSum { kept },
    };
    let partners = if settings.word("partners")? == "anyone" { Partners::Anyone } else { Partners::Neighbours };
    let (sites, every, frames) = (settings.whole("sites")?, settings.whole("every")?, settings.frames);
    Config { sites, exchange: exchange.clone(), partners, ..Config::default() }.check()?;
    require_room(ctx, frames, sites)?;
    let mut ring = Ring::flat(ctx.seed(), 0, sites, 1.0)?;
    let (mut times, mut values, mut shapes) = (vec![0.0], ring.masses().to_vec(), vec![shape(ring.masses(), HELD)]);
    let mut status = Status::Converged;
    'frames: for frame in 1..frames {
        for _ in 0..every {
            if ctx.check_stop().is_err() {
                status = Status::Interrupted;
                break 'frames;
            }
            ring.sweep(&exchange, partners);
        }
        times.push(frame as f64 * every as f64);
        shapes.push(shape(ring.masses(), HELD));
        values.extend_from_slice(ring.masses());
        ctx.progress("sweeps", frame as u64, frames as u64 - 1, "");
    }
    let facts = facts(&exchange, sites, &shapes, &values);
    let report = Report::new(status, (times.len() - 1).saturating_mul(every));
    let x = (0..sites).map(|i| i as f64).collect();
    let field = Field::new("u", "", values);
    Ok(Outcome {
        fields: Some(Fields { grid: Grid::Line { x }, times: times.clone(), fields: vec![field] }),
        series: Some(series(times, &shapes)),
        facts,
        time_unit: "sweeps".into(),
        report,
    })
}

fn series(times: Vec<f64>, shapes: &[Shape]) -> Series {
    let of = |pick: fn(&Shape) -> f64| shapes.iter().map(pick).collect();
    let columns = vec![
        ("mean of u^2".into(), of(|s| s.participation)),
        ("sites above a tenth of the mean".into(), of(|s| s.occupied as f64)),
        ("roughness".into(), of(|s| s.roughness)),
    ];
    Series { times, columns }
}

/// The second moment beside that of the steady state, and how well the mass was kept; the mean density is 1.
fn facts(exchange: &Exchange, sites: usize, shapes: &[Shape], values: &[f64]) -> Vec<(String, f64)> {
    let late = &shapes[shapes.len() / 2..];
    let second = late.iter().map(|s| s.participation).sum::<f64>() / late.len() as f64;
    let mass: f64 = values[values.len() - sites..].iter().sum();
    vec![
        ("mean of u^2, second half".into(), second),
        ("mean of u^2 in the steady state, by theory".into(), exchange.second_moment(sites)),
        ("change of the mass, relative".into(), relative(mass - sites as f64, sites as f64)),
    ]
}
