//! The page of a simulation, and its figures: what a known law did, pictures first.

mod curves;
mod diagram;
mod fields;
mod portrait;

use crate::colour::{self, Ground};
use crate::escape::text;
use crate::figures::Figure;
use crate::page::{Parts, assembled, filled};
use crate::scene::{Citation, MethodCard, Outcome, Scene};
use crate::sections::section;
use crate::svg::Drawing;
use crate::view::{Span, count, number};
use crate::{pack, words};
use serde_json::{Value, json};
use thalweg_core::{Error, Result, Status};
use thalweg_run::simulation::{Picture, Shown, SimulationRecord};

const SCRIPTS: &[&str] = &[
    include_str!("../../assets/chrome.js"),
    include_str!("../../assets/portrait.js"),
    include_str!("../../assets/globe.js"),
    include_str!("../../assets/fields.js"),
    include_str!("../../assets/simulation.js"),
];

/// Fewer numbers than this are packed in two bytes each.
const WIDE: usize = 200_000;

/// A picture with a title and a caption.
struct Sheet {
    name: &'static str,
    title: &'static str,
    caption: String,
    /// Drawn side by side.
    tiles: Vec<Drawing>,
}

/// Every still picture for which there is something to draw.
fn sheets(picture: &Picture) -> Vec<Sheet> {
    [
        diagram::bifurcations(picture),
        portrait::projections(picture),
        curves::courses(picture),
        curves::spectra(picture),
        curves::returns(picture),
        curves::exponents(picture),
        curves::series(picture),
        fields::sheet(picture),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The figures of a simulation, those for which there is something to draw.
pub fn simulation_figures(record: &SimulationRecord, picture: &Picture) -> Vec<Figure> {
    let figure = |sheet: Sheet| {
        let caption = format!("{} {}. Seed {}.", sheet.caption, record.name, record.seed);
        let columns = if sheet.tiles.len() == 3 { 3 } else { 2 };
        let drawing = Drawing::tiled(&sheet.tiles, columns, 20.0).captioned(sheet.title, &caption);
        Figure { name: sheet.name, svg: drawing.document() }
    };
    sheets(picture).into_iter().map(figure).collect()
}

/// The page of a simulation: one HTML file that loads nothing.
///
/// # Errors
/// A picture whose arrays disagree in length.
pub fn simulation_html(record: &SimulationRecord, picture: &Picture) -> Result<String> {
    check(picture)?;
    let scene = about(record);
    let stills: String = sheets(picture)
        .into_iter()
        .map(|sheet| {
            let tiles: String =
                sheet.tiles.iter().map(|d| d.inline(&format!("{}: {}", sheet.title, sheet.caption))).collect();
            section(sheet.name, sheet.title, &tiles, |tiles| {
                format!("<p class=\"note\">{}</p><div class=\"stills\">{tiles}</div>", text(&sheet.caption))
            })
        })
        .collect();
    Ok(assembled(&Parts {
        scene: &scene,
        verdict: verdict(record, picture),
        facts: facts(record),
        motion: if picture.fields.is_empty() { "The motion" } else { "The field" },
        stage: stage(picture),
        scripts: SCRIPTS,
        sections: stills,
        data: payload(picture),
    }))
}

fn check(picture: &Picture) -> Result<()> {
    let states = picture.states.len();
    let orbit = picture.orbits.iter().find(|o| o.values.len() != o.times.len() * states);
    let field = picture.fields.iter().find(|f| f.values.len() != f.times.len() * nodes(f));
    match (orbit, field) {
        (None, None) => Ok(()),
        (Some(orbit), _) => Err(Error::input(format!(
            "An orbit of the picture has {} values, but {} times of {states} states.",
            orbit.values.len(),
            orbit.times.len()
        ))),
        (_, Some(field)) => Err(Error::input(format!(
            "The field {} of the picture has {} values, but {} times of {} nodes.",
            field.name,
            field.values.len(),
            field.times.len(),
            nodes(field)
        ))),
    }
}

fn nodes(field: &Shown) -> usize {
    field.axes.iter().map(|(_, positions)| positions.len()).product()
}

fn about(record: &SimulationRecord) -> Scene {
    let settings: Vec<String> = record.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let settings = if settings.is_empty() { String::new() } else { format!(" With {}.", settings.join(", ")) };
    let published = if record.reference.is_empty() { String::new() } else { format!(" {}", record.reference) };
    Scene {
        title: record.name.clone(),
        method: MethodCard {
            id: record.kind.clone(),
            name: words::capitalised(&record.kind),
            summary: format!("{}.{settings}{published}", words::capitalised(&record.summary)),
        },
        command: record.command.join(" "),
        seed: record.seed,
        versions: vec![("thalweg".into(), record.thalweg.clone())],
        outcome: Outcome {
            status: ended(record.report.status).into(),
            sentence: record.report.advice.clone().unwrap_or_default(),
            seconds: record.report.seconds,
        },
        warnings: record.warnings.clone(),
        citations: record
            .citation
            .iter()
            .map(|bibtex| Citation { text: words::citation_text(bibtex), bibtex: bibtex.clone() })
            .collect(),
        ..Scene::default()
    }
}

fn ended(status: Status) -> &'static str {
    match status {
        Status::Converged => "reached its end",
        Status::Exhausted { .. } => "ran out of steps",
        Status::Diverged => "left the finite range",
        Status::Interrupted => "interrupted",
    }
}

fn verdict(record: &SimulationRecord, picture: &Picture) -> String {
    let advice = record.report.advice.as_deref().unwrap_or("");
    if !record.report.converged() {
        return format!("It {}. {advice}", ended(record.report.status));
    }
    if let (Some(last), Some(exponent)) = (picture.convergence.last(), picture.exponent) {
        let error = last.errors.first().copied().unwrap_or(0.0);
        return format!(
            "Chaotic: neighbours part by a factor e in a time of {} (largest exponent {}, over a time of {}).",
            number(1.0 / exponent),
            with_error(exponent, error),
            number(last.time)
        );
    }
    match picture.exponent {
        Some(exponent) => format!(
            "Neighbours part by a factor e in a time of {} (largest exponent {} of the catalogue, at its own parameters).",
            number(1.0 / exponent),
            number(exponent)
        ),
        None => format!("It reached its end in {} s.", number(record.report.seconds)),
    }
}

/// A number with its standard error, both to the second digit of the error.
fn with_error(value: f64, error: f64) -> String {
    if !(error.is_finite() && error > 0.0 && value.is_finite()) {
        return format!("{} \u{b1} {}", number(value), number(error));
    }
    let digits = (1.0 - error.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{value:.digits$} \u{b1} {error:.digits$}").replace('-', "\u{2212}")
}

fn facts(record: &SimulationRecord) -> Vec<(&'static str, String)> {
    let mut facts = vec![("status", ended(record.report.status).to_owned()), ("rows", count(record.rows))];
    if record.trajectories > 1 {
        facts.push(("trajectories", count(record.trajectories)));
    }
    facts.push(("seed", record.seed.to_string()));
    facts.push(("took", format!("{} s", number(record.report.seconds))));
    let figures: Vec<String> = record.facts.iter().map(|(name, value)| format!("{name} {}", number(*value))).collect();
    if !figures.is_empty() {
        facts.push(("figures", figures.join(" \u{b7} ")));
    }
    facts
}

fn stage(picture: &Picture) -> String {
    if !picture.fields.is_empty() {
        return include_str!("../../assets/fields.html").to_owned();
    }
    if picture.states.is_empty() || picture.orbits.iter().all(|o| o.times.is_empty()) {
        return String::new();
    }
    let how = if portrait::coordinates(picture).len() > 2 { "; drag to turn, wheel to zoom" } else { "" };
    filled(include_str!("../../assets/portrait.html"), &[("how", how.to_owned())])
}

fn payload(picture: &Picture) -> Value {
    json!({
        "palette": {
            "light": palette(Ground::Light), "dark": palette(Ground::Dark),
        },
        "discrete": picture.discrete,
        "period": picture.period,
        "timeUnit": picture.time_unit,
        "portrait": portrait::payload(picture),
        "fields": picture.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn palette(ground: Ground) -> Value {
    json!({ "sequential": colour::table(colour::sequential, ground), "diverging": colour::table(colour::diverging, ground) })
}

/// The span of the colours of a field, and whether zero is its middle.
fn range(field: &Shown) -> (Span, bool) {
    if let Some([low, high]) = field.span.filter(|[low, high]| low < high) {
        return (Span { low, high }, false);
    }
    let finite = field.values.iter().map(|v| f64::from(*v)).filter(|v| v.is_finite());
    let span = Span::around(finite).unwrap_or(Span { low: 0.0, high: 1.0 });
    let bound = span.low.abs().max(span.high.abs());
    if span.low < 0.0 && span.high > 0.0 { (Span { low: -bound, high: bound }, true) } else { (span, false) }
}

fn field(field: &Shown) -> Value {
    let (span, signed) = range(field);
    let values = || field.values.iter().map(|v| f64::from(*v));
    let wide = field.values.len() < WIDE;
    json!({
        "name": field.name,
        "unit": field.unit,
        "surface": field.surface,
        "times": field.times,
        "axes": field.axes.iter().map(|(name, positions)| json!({ "name": name, "positions": positions })).collect::<Vec<_>>(),
        "low": span.low,
        "high": span.high,
        "signed": signed,
        // A profile shows the steps of 256 levels; where there are many numbers they have to do.
        "wide": wide,
        "values": if wide { pack::words(values(), span) } else { pack::levels(values(), span) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_their_error_leaves() {
        assert_eq!(with_error(0.90561, 0.01163), "0.906 \u{b1} 0.012");
        assert_eq!(with_error(-14.5712, 0.0112), "\u{2212}14.571 \u{b1} 0.011");
        assert_eq!(with_error(123.4, 56.0), "123 \u{b1} 56");
    }
}
