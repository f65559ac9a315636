//! The sections of the page that are text and tables.

use crate::digits::Digits;
use crate::escape::text;
use crate::evaluation::{PREDICTORS, best, means, rows, values};
use crate::figures::evaluation::{self, bars};
use crate::figures::time_text;
use crate::scene::{Metric, Protocol, Scene, Score};

const PROTOCOLS: [Protocol; 2] = [Protocol::LeftOut, Protocol::OneStepAhead];

/// A titled section around a body, or nothing where the body is empty.
pub fn section(id: &str, title: &str, body: &str, wrap: impl Fn(&str) -> String) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{title}</h2>{}</section>",
        wrap(body)
    )
}

/// What to be careful about.
pub fn warnings(scene: &Scene) -> String {
    let items: String = scene.warnings.iter().map(|w| format!("<li>{}</li>", text(w))).collect();
    if items.is_empty() {
        return String::new();
    }
    format!("<aside class=\"warnings\" aria-label=\"Warnings\"><strong>Mind</strong><ul>{items}</ul></aside>")
}

/// Tables and bars of every metric; the script shows one metric at a time.
pub fn evaluation(scene: &Scene) -> String {
    let metrics: Vec<Metric> =
        Metric::ALL.into_iter().filter(|m| scene.evaluation.iter().any(|s| s.metric == *m)).collect();
    let choices: String = metrics.iter().enumerate().map(|(k, m)| choice(k, *m)).collect();
    let panels: String = metrics.iter().map(|m| metric_panel(scene, *m)).collect();
    section("evaluation", "Is the model worth anything?", &panels, |panels| {
        format!(
            "<fieldset class=\"segments\" id=\"metric\"><legend>Distance</legend><div>{choices}</div></fieldset>{panels}<p class=\"note\">{}</p>{}",
            evaluation::CAPTION,
            explanations()
        )
    })
}

fn choice(k: usize, metric: Metric) -> String {
    let (name, checked) = (metric.name(), if k == 0 { "checked" } else { "" });
    format!("<label><input type=\"radio\" name=\"metric\" value=\"{name}\" {checked}><span>{name}</span></label>")
}

fn metric_panel(scene: &Scene, metric: Metric) -> String {
    let protocols: String = PROTOCOLS
        .into_iter()
        .filter_map(|protocol| {
            let drawing = bars(scene, protocol, metric)?;
            let (name, metric_name) = (protocol.name(), metric.name());
            let figure = drawing.inline(&format!("Bars of {metric_name}, {name}; the table beside has the numbers"));
            let table = table(scene, protocol, metric);
            Some(format!(
                "<h3>{name} <small>{}</small></h3><div class=\"pair\">{table}<div>{figure}</div></div>",
                meaning(protocol)
            ))
        })
        .collect();
    format!("<div data-metric=\"{}\"><p class=\"note\">{}</p>{protocols}</div>", metric.name(), metric.meaning())
}

fn meaning(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::LeftOut => "training never saw this snapshot",
        Protocol::OneStepAhead => "training saw this snapshot; moved from the one before it",
    }
}

fn table(scene: &Scene, protocol: Protocol, metric: Metric) -> String {
    let rows = rows(&scene.evaluation, protocol, metric);
    let digits = digits(&rows);
    let body: String =
        rows.iter().map(|row| table_row(&time_text(scene, row.time), values(row), row.floor, digits)).collect();
    let [model, straight, unchanged, floor] = means(&rows);
    let foot =
        if rows.len() > 1 { table_row("mean", [model, straight, unchanged], floor, digits) } else { String::new() };
    let heads: String = PREDICTORS.iter().map(|p| format!("<th scope=\"col\">{p}</th>")).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{metric} {protocol} table\"><table><caption>{metric}, {protocol}</caption><thead><tr><th scope=\"col\">{time}</th>{heads}<th scope=\"col\">model vs line</th><th scope=\"col\">floor</th></tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table></div>",
        metric = metric.name(),
        protocol = protocol.name(),
        time = text(&scene.time.title()),
    )
}

fn table_row(head: &str, values: [Option<f64>; 3], floor: Option<f64>, digits: Digits) -> String {
    let cells: String = values
        .into_iter()
        .zip(best(values))
        .map(|(value, best)| {
            let shown = cell(value, digits);
            if best { format!("<td><strong>{shown}</strong></td>") } else { format!("<td>{shown}</td>") }
        })
        .collect();
    let change = match (values[0], values[1]) {
        (Some(model), Some(line)) if line > 0.0 => difference(model / line - 1.0),
        _ => "<td>\u{2013}</td>".to_owned(),
    };
    format!("<tr><th scope=\"row\">{head}</th>{cells}{change}<td>{}</td></tr>", cell(floor, digits))
}

fn cell(value: Option<f64>, digits: Digits) -> String {
    value.map_or("\u{2013}".to_owned(), |v| match digits {
        Digits::Decimals(decimals) => format!("{v:.decimals$}"),
        // Zeros at the end keep a column aligned.
        _ => format!("{v:.2e}").replace('-', "\u{2212}"),
    })
}

/// Decimals that give the model's median value three digits, or powers of ten where the unit of the data makes it very
/// small or large: one way of writing for the whole table keeps it aligned.
fn digits(rows: &[Score]) -> Digits {
    let mut sizes: Vec<f64> = rows.iter().map(|s| s.model.abs()).filter(|v| *v > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    match sizes.get(sizes.len() / 2) {
        Some(size) if !(1e-4..1e6).contains(size) => Digits::Mantissa(2),
        Some(size) => Digits::Decimals((2 - size.log10().floor() as i32).max(0) as usize),
        None => Digits::Decimals(2),
    }
}

/// A relative difference with an arrow, so that it is not told by colour alone.
fn difference(share: f64) -> String {
    let (class, arrow) = if share < 0.0 { ("better", "\u{2193}") } else { ("worse", "\u{2191}") };
    format!("<td class=\"{class}\">{arrow}\u{202F}{:.0}\u{202F}%</td>", 100.0 * share.abs())
}

/// A sentence for each column.
fn explanations() -> String {
    let rows = [
        (
            "model",
            "the learned dynamics, started from the previous snapshot and compared with the observed one; the smallest of model, line and unchanged is bold, and smaller is better.",
        ),
        (
            "straight line",
            "points sent along straight lines of the exact optimal transport between the neighbouring snapshots; a model that does not beat it has learned nothing beyond interpolation. It has seen the snapshot after the predicted one.",
        ),
        ("previous unchanged", "the previous snapshot as it is: what standing still costs."),
        (
            "model vs line",
            "the model's distance relative to the straight line's; a downward arrow means that the model is closer.",
        ),
        (
            "floor",
            "two halves of the observed snapshot against each other; differences smaller than that are sampling noise.",
        ),
    ];
    let items: String = rows.iter().map(|(t, d)| format!("<dt>{t}</dt><dd>{d}</dd>")).collect();
    format!("<details><summary>What the columns mean</summary><dl class=\"terms\">{items}</dl></details>")
}

/// The command, versions and citations.
pub fn reproduce(scene: &Scene) -> String {
    let versions: String =
        [("seed".to_owned(), scene.seed.to_string()), ("method".to_owned(), scene.method.id.clone())]
            .iter()
            .chain(&scene.versions)
            .map(|(name, version)| format!("<div><dt>{}</dt><dd>{}</dd></div>", text(name), text(version)))
            .collect();
    let citations: String = scene.citations.iter().enumerate().map(|(k, c)| {
        format!(
            "<li><p>{}</p><details><summary>BibTeX</summary><div class=\"code\"><pre id=\"bib{k}\" tabindex=\"0\">{}</pre>{}</div></details></li>",
            text(&c.text),
            text(&c.bibtex),
            copy(&format!("bib{k}"), "Copy BibTeX")
        )
    }).collect();
    let cite = if citations.is_empty() {
        String::new()
    } else {
        format!("<h3>Cite</h3><ol class=\"citations\">{citations}</ol>")
    };
    let body = format!(
        "<div class=\"code\"><pre id=\"command\" tabindex=\"0\">{}</pre>{}</div><dl class=\"facts\">{versions}</dl>{cite}",
        text(&scene.command),
        copy("command", "Copy command")
    );
    section("reproduce", "Do it again", &body, str::to_owned)
}

fn copy(target: &str, label: &str) -> String {
    format!("<button type=\"button\" class=\"copy\" data-copy=\"{target}\">{label}</button>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_value_is_bold_and_a_missing_one_is_a_dash() {
        let row = table_row("2", [Some(0.25), Some(0.5), None], None, Digits::Decimals(3));
        assert!(row.contains("<td><strong>0.250</strong></td><td>0.500</td><td>\u{2013}</td>"));
        assert!(row.contains("class=\"better\">\u{2193}\u{202F}50\u{202F}%"));
    }

    #[test]
    fn distances_of_any_unit_keep_their_digits() {
        let row = Score {
            time: 1.0,
            protocol: Protocol::LeftOut,
            metric: Metric::W1,
            model: 3.119_4e-13,
            unchanged: Some(1.0),
            straight: None,
            floor: None,
        };
        let written = |model| {
            let row = Score { model, ..row };
            cell(Some(model), digits(&[row]))
        };
        assert_eq!(written(3.119_4e-13), "3.12e\u{2212}13");
        assert_eq!(written(3.407_7e14), "3.41e14");
        assert_eq!(written(0.000_123_4), "0.000123");
        assert_eq!(written(12.34), "12.3");
    }

    #[test]
    fn hostile_names_are_text() {
        let scene = Scene {
            command: "thalweg learn '</pre><script>alert(1)</script>'".to_owned(),
            warnings: vec!["<img onerror=x>".to_owned()],
            evaluation: vec![Score {
                time: 1.0,
                protocol: Protocol::LeftOut,
                metric: Metric::W1,
                model: 1.0,
                unchanged: None,
                straight: None,
                floor: None,
            }],
            time: crate::scene::Axis::new("<b>day</b>", ""),
            ..Default::default()
        };
        let all = reproduce(&scene) + &warnings(&scene) + &evaluation(&scene);
        assert!(!all.contains("<script") && !all.contains("<img") && !all.contains("<b>day"));
    }
}
