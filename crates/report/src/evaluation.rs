//! The evaluation table: which predictor is best where, means over times, and an honest sentence about it.

use crate::scene::{Metric, Protocol, Score};
use crate::view::number;

/// The three predictors that compete; the sampling floor is a scale, not a competitor.
pub const PREDICTORS: [&str; 3] = ["model", "straight line", "previous unchanged"];

/// Rows of one protocol and metric in the order of time.
pub fn rows(scores: &[Score], protocol: Protocol, metric: Metric) -> Vec<Score> {
    let mut rows: Vec<Score> =
        scores.iter().copied().filter(|s| s.protocol == protocol && s.metric == metric).collect();
    rows.sort_by(|a, b| a.time.total_cmp(&b.time));
    rows
}

/// Values in the order of [`PREDICTORS`].
pub fn values(score: &Score) -> [Option<f64>; 3] {
    [Some(score.model), score.straight, score.unchanged]
}

/// Which of the predictors has the smallest value (all of them where they tie); none when only one is there.
pub fn best(values: [Option<f64>; 3]) -> [bool; 3] {
    let known: Vec<f64> = values.into_iter().flatten().collect();
    let smallest = known.iter().copied().fold(f64::INFINITY, f64::min);
    values.map(|v| known.len() > 1 && v == Some(smallest))
}

/// Means over the rows of the predictors and, last, of the floor; none where a row lacks the value.
pub fn means(rows: &[Score]) -> [Option<f64>; 4] {
    let mean = |pick: &dyn Fn(&Score) -> Option<f64>| {
        let all: Option<Vec<f64>> = rows.iter().map(pick).collect();
        all.filter(|v| !v.is_empty()).map(|v| v.iter().sum::<f64>() / v.len() as f64)
    };
    [mean(&|s| Some(s.model)), mean(&|s| s.straight), mean(&|s| s.unchanged), mean(&|s| s.floor)]
}

/// One or two sentences that say whether the model is worth anything, on the strictest protocol there is.
pub fn verdict(scores: &[Score]) -> String {
    let found = [Protocol::LeftOut, Protocol::OneStepAhead]
        .into_iter()
        .flat_map(|p| Metric::ALL.into_iter().map(move |m| (p, m)))
        .map(|(p, m)| (p, m, rows(scores, p, m)))
        .find(|(_, _, rows)| !rows.is_empty());
    let Some((protocol, metric, rows)) = found else {
        return "No prediction was scored, so nothing here says how good the model is.".to_owned();
    };
    let comparisons = [
        ("the straight line", count_wins(&rows, |s| s.straight)),
        ("the previous snapshot unchanged", count_wins(&rows, |s| s.unchanged)),
    ];
    let parts: Vec<String> = comparisons
        .into_iter()
        .filter(|(_, (_, of))| *of > 0)
        .map(|(name, (wins, of))| format!("closer than {name} at {wins} of {of}"))
        .collect();
    let caveat = match protocol {
        Protocol::LeftOut => "",
        Protocol::OneStepAhead => " No snapshot was left out, so this is a test on times that training has seen.",
    };
    let lead = match parts.as_slice() {
        [] => format!("The model's {} has no reference to compare with.", metric.name()),
        parts => format!("By {}, the model is {} {} times.", metric.name(), parts.join(" and "), protocol.name()),
    };
    format!("{lead}{}{caveat}", mean_sentence(&rows))
}

/// At how many of the rows that have the reference the model is strictly closer.
fn count_wins(rows: &[Score], reference: impl Fn(&Score) -> Option<f64>) -> (usize, usize) {
    let known: Vec<bool> = rows.iter().filter_map(|s| Some(s.model < reference(s)?)).collect();
    (known.iter().filter(|won| **won).count(), known.len())
}

fn mean_sentence(rows: &[Score]) -> String {
    let [model, straight, _, floor] = means(rows);
    let (Some(model), Some(straight)) = (model, straight) else { return String::new() };
    let floor = floor.map_or(String::new(), |f| format!(", and sampling alone costs {}", number(f)));
    format!(" Its mean is {} against {} for the straight line{floor}.", number(model), number(straight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(time: f64, protocol: Protocol, model: f64, straight: Option<f64>) -> Score {
        Score { time, protocol, metric: Metric::W1, model, unchanged: Some(1.0), straight, floor: Some(0.1) }
    }

    #[test]
    fn the_best_is_marked_and_ties_share_it() {
        assert_eq!(best([Some(2.0), Some(1.0), Some(3.0)]), [false, true, false]);
        assert_eq!(best([Some(1.0), Some(1.0), None]), [true, true, false]);
        assert_eq!(best([Some(1.0), None, None]), [false, false, false]);
    }

    #[test]
    fn a_mean_over_missing_values_is_missing() {
        let rows = [score(1.0, Protocol::LeftOut, 0.2, Some(0.4)), score(2.0, Protocol::LeftOut, 0.4, None)];
        let [model, straight, unchanged, floor] = means(&rows);
        assert!((model.unwrap() - 0.3).abs() < 1e-12);
        assert_eq!((straight, unchanged, floor), (None, Some(1.0), Some(0.1)));
        assert_eq!(means(&[]), [None; 4]);
    }

    #[test]
    fn the_verdict_counts_and_prefers_left_out_times() {
        let scores = [
            score(1.0, Protocol::LeftOut, 0.2, Some(0.4)),
            score(2.0, Protocol::LeftOut, 0.5, Some(0.4)),
            score(3.0, Protocol::LeftOut, 0.3, Some(0.4)),
            score(3.0, Protocol::OneStepAhead, 9.0, Some(0.4)),
        ];
        let said = verdict(&scores);
        assert!(said.contains("closer than the straight line at 2 of 3"), "{said}");
        assert!(said.contains("unchanged at 3 of 3 left-out times"), "{said}");
        assert!(said.contains("0.333 against 0.4"), "{said}");
        assert!(verdict(&scores[3..]).contains("No snapshot was left out"));
        assert!(verdict(&[]).contains("nothing here says"));
    }
}
