//! Magnetic flux on the surface of the Sun (S058), as a picture on a globe.

use super::super::law::{Field, Fields, Grid, Law, Outcome, Series, Setting, Settings, Usual};
use super::require_room;
use thalweg_core::{Context, Result};
use thalweg_field::surface_flux::{Config, Evolution, Forcing, Scheme, Start, picture, simulate};

/// The line of the table.
pub const LAW: Law = Law {
    name: "surface-flux",
    summary: "Magnetic flux carried over the surface of the Sun by rotation, meridional flow and diffusion",
    method: "S058",
    settings: &[
        Setting { name: "days", usual: Usual::Number(56.0), meaning: "duration, more than 0" },
        Setting { name: "start", usual: Usual::Word(&["gaussians", "soccer-ball", "empty"]), meaning: "first map" },
        Setting { name: "rows", usual: Usual::Whole(91), meaning: "rows of the mesh, at least 6" },
        Setting { name: "columns", usual: Usual::Whole(180), meaning: "columns of the mesh, at least 6" },
        Setting { name: "diffusivity", usual: Usual::Number(300.0), meaning: "square kilometres a second, at least 0" },
        Setting { name: "rotation", usual: Usual::Number(1.0), meaning: "factor of differential rotation" },
        Setting { name: "meridional", usual: Usual::Number(1.0), meaning: "factor of the flow towards the poles" },
        Setting { name: "emergence", usual: Usual::Number(0.0), meaning: "random flux in 1e21 Mx an hour, at least 0" },
        Setting { name: "scheme", usual: Usual::Word(&["weno3-ssprk43", "upwind-euler"]), meaning: "advection" },
    ],
    simulate: follow,
};

/// Most places of a map that a page shows.
const SHOWN: (usize, usize) = (91, 180);

fn follow(settings: &Settings, ctx: &Context) -> Result<Outcome> {
    let usual = Config::default();
    let hours = 24.0 * settings.number("days")?;
    let start = match settings.word("start")? {
        "soccer-ball" => Start::SoccerBall,
        "empty" => Start::Empty,
        _ => Start::Gaussians,
    };
    let scheme = if settings.word("scheme")? == "upwind-euler" { Scheme::UpwindEuler } else { Scheme::Weno3Ssprk43 };
    let (rotation, meridional) = (settings.number("rotation")?, settings.number("meridional")?);
    let mut config = Config {
        hours,
        every: Some(hours / (settings.frames - 1) as f64),
        start,
        scheme,
        rows: settings.whole("rows")?,
        columns: settings.whole("columns")?,
        diffusivity: settings.number("diffusivity")?,
        rotation: usual.rotation.map(|v| v * rotation),
        meridional: usual.meridional.map(|v| v * meridional),
        ..usual
    };
    config.emergence.flux = settings.number("emergence")?;
    require_room(ctx, settings.frames, config.rows.saturating_mul(config.columns))?;
    let run = simulate(ctx, &config, &Forcing::default())?;
    Ok(of_maps(&run))
}

/// The first realisation of a run as the outcome of a law.
pub fn of_maps(run: &Evolution) -> Outcome {
    let one = &run.realizations[0];
    let shown: Vec<_> = one.maps.iter().map(|m| picture(&run.sphere, m, SHOWN.0, SHOWN.1)).collect();
    let grid = Grid::Sphere {
        colatitude: shown[0].latitudes.iter().map(|d| (90.0 - d).to_radians()).collect(),
        longitude: shown[0].longitudes.iter().map(|d| d.to_radians()).collect(),
    };
    let days = |hours: f64| hours / 24.0;
    let times = run.times.iter().map(|t| days(*t)).collect();
    let values = shown.into_iter().flat_map(|p| p.values).collect();
    let field = Field::new("br", "G", values);
    let of = |pick: fn(&thalweg_field::surface_flux::Diagnostics) -> f64| one.history.iter().map(pick).collect();
    let columns = vec![
        ("unsigned flux (Mx)".into(), of(|d| d.positive_flux - d.negative_flux)),
        ("axial dipole (G)".into(), of(|d| d.axial_dipole)),
        ("equatorial dipole (G)".into(), of(|d| d.equatorial_dipole)),
    ];
    let series = Series { times: of(|d| d.hours / 24.0), columns };
    let (first, last) = (&one.maps[0], &one.maps[one.maps.len() - 1]);
    let unsigned = run.sphere.integral(&first.iter().map(|b| b.abs()).collect::<Vec<_>>());
    let drift = (run.sphere.integral(last) - run.sphere.integral(first)) / unsigned.max(f64::MIN_POSITIVE);
    Outcome {
        fields: Some(Fields { grid, times, fields: vec![field] }),
        series: Some(series),
        facts: vec![("change of signed flux over unsigned flux".into(), drift)],
        time_unit: "days".into(),
        report: run.report.clone(),
    }
}
