//! The evaluation table, for a terminal and for a spreadsheet.

use crate::evaluate::{Distances, Metrics, Protocol, Row};
use std::fmt::Write;

/// The table as fixed-width text: W1 beside its references, mass error, and a sentence per protocol.
pub fn text(metrics: &Metrics) -> String {
    let mut out = String::from(
        "time     protocol         W1 model  previous  straight      two halves   W2 model  MMD model  mass error\n",
    );
    for row in &metrics.rows {
        let straight = row.straight_line.map_or_else(|| "-".to_owned(), |d| figure(d.w1));
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:<8} {:<15} {:>9} {:>9} {:>9} {:>15} {:>10} {:>10} {:>10.1}%",
            format!("{}", row.time),
            row.protocol.name(),
            figure(row.model.w1),
            figure(row.previous.w1),
            straight,
            halves(row),
            figure(row.model.w2),
            figure(row.model.mmd),
            100.0 * row.mass_error,
        );
    }
    for failure in &metrics.failures {
        let _ = writeln!(out, "{:<8} {:<15} no prediction: {}", failure.time, failure.protocol.name(), failure.reason);
    }
    for sentence in verdicts(metrics) {
        out.push_str(&sentence);
        out.push('\n');
    }
    out
}

/// The sampling floor with the standard deviation between its splits: `0.123 ±0.02`.
fn halves(row: &Row) -> String {
    let floor = row.floor.map_or_else(|| "-".to_owned(), |d| figure(d.w1));
    row.floor_spread.map_or(floor.clone(), |spread| format!("{floor} ±{}", digits(spread, 2)))
}

/// What the table says, one sentence a protocol.
pub fn verdicts(metrics: &Metrics) -> Vec<String> {
    [Protocol::LeftOut, Protocol::OneStepAhead].into_iter().filter_map(|p| verdict(metrics, p)).collect()
}

/// What the rows of a protocol say, in a sentence.
fn verdict(metrics: &Metrics, protocol: Protocol) -> Option<String> {
    let rows: Vec<&Row> = metrics.rows.iter().filter(|r| r.protocol == protocol).collect();
    let missing = metrics.failures.iter().filter(|f| f.protocol == protocol).count();
    let all = rows.len() + missing;
    let better = rows.iter().filter(|r| r.model.w1 < r.previous.w1).count();
    let compared: Vec<_> = rows.iter().filter_map(|r| r.straight_line.map(|s| (r.model.w1, s.w1))).collect();
    let closer = compared.iter().filter(|(model, line)| model < line).count();
    (all > 0).then(|| {
        let mut sentence = format!("{}: closer than the previous snapshot at {better} of {all} times", protocol.name());
        if !compared.is_empty() {
            let _ = write!(sentence, ", than the straight line at {closer} of {}", compared.len());
        }
        if missing > 0 {
            let _ = write!(sentence, "; no prediction at {missing}");
        }
        sentence.push('.');
        sentence
    })
}

/// Four significant digits.
fn figure(value: f64) -> String {
    digits(value, 4)
}

/// This many significant digits, with a power of ten where the unit of the data makes numbers very small or large.
fn digits(value: f64, significant: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let after = significant - 1;
    if !(1e-4..1e6).contains(&value.abs()) {
        return format!("{value:.after$e}");
    }
    let decimals = (after as i32 - value.abs().log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

/// The table as CSV, one line a row, every figure.
pub fn csv(metrics: &Metrics) -> String {
    let mut out = String::from("time,from,protocol");
    for who in ["model", "previous", "straight_line", "two_halves"] {
        let _ = write!(out, ",{who}_w1,{who}_w2,{who}_mmd");
    }
    out.push_str(",mass_error,previous_mass_error,two_halves_w1_sd\n");
    for row in &metrics.rows {
        let _ = write!(out, "{},{},{}", row.time, row.from, row.protocol.name());
        for d in [Some(row.model), Some(row.previous), row.straight_line, row.floor] {
            match d {
                Some(Distances { w1, w2, mmd }) => {
                    let _ = write!(out, ",{w1},{w2},{mmd}");
                }
                None => out.push_str(",,,"),
            }
        }
        let spread = row.floor_spread.map_or_else(String::new, |sd| sd.to_string());
        let _ = writeln!(out, ",{},{},{spread}", row.mass_error, row.previous_mass_error);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Failure;

    fn sample() -> Metrics {
        let d = |w1| Distances { w1, w2: 2.0 * w1, mmd: 0.01 };
        let row = Row {
            time: 1.5,
            from: 1.0,
            protocol: Protocol::LeftOut,
            model: d(0.25),
            mass_error: 0.031,
            previous: d(1.0),
            previous_mass_error: 0.5,
            straight_line: Some(d(0.2)),
            floor: Some(d(0.1)),
            floor_spread: Some(0.0234),
        };
        let one = Row { protocol: Protocol::OneStepAhead, straight_line: None, floor: None, floor_spread: None, ..row };
        Metrics { rows: vec![row, one], failures: Vec::new() }
    }

    #[test]
    fn every_line_of_the_csv_has_every_column() {
        let csv = csv(&sample());
        let columns: Vec<usize> = csv.lines().map(|l| l.split(',').count()).collect();
        assert_eq!(columns, [18, 18, 18]);
    }

    #[test]
    fn a_time_without_prediction_counts_against_the_model() {
        let reason = "It blew up.".to_owned();
        let failures = vec![Failure { time: 9.0, protocol: Protocol::LeftOut, reason }];
        let text = text(&Metrics { failures, ..sample() });
        assert!(text.contains("9        left-out        no prediction: It blew up.\n"), "{text}");
        assert!(text.contains("left-out: closer than the previous snapshot at 1 of 2 times"), "{text}");
        assert!(text.contains("at 0 of 1; no prediction at 1."), "{text}");
    }

    #[test]
    fn figures_of_any_unit_keep_their_digits() {
        for (value, text) in [
            (3.119_4e-13, "3.119e-13"),
            (3.407_719e14, "3.408e14"),
            (0.000_123_456, "0.0001235"),
            (123_456.7, "123457"),
            (0.25, "0.2500"),
            (0.0, "0"),
        ] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn the_text_says_what_the_model_is_worth() {
        let text = text(&sample());
        assert!(text.contains(
            "left-out: closer than the previous snapshot at 1 of 1 times, than the straight line at 0 of 1."
        ));
        assert!(text.contains("0.2500") && text.contains("0.1000 ±0.023 ") && text.contains("3.1%"), "{text}");
        let halves: Vec<_> = text.lines().take(3).map(|line| line.chars().take(70).last()).collect();
        assert_eq!(halves[1..], [Some('3'), Some('-')], "{text}");
    }
}
