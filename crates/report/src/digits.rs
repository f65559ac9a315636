//! Numbers that stand beside each other: ticks of an axis, times of snapshots.

use crate::view::{Span, number};

/// How to write numbers of a set so that neighbours are told apart, without digits that say nothing more. The page's
/// script does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Whatever tells one number.
    Alone,
    /// At most this many decimals.
    Decimals(usize),
    /// At most this many decimals of the mantissa.
    Mantissa(usize),
}

impl Digits {
    /// For these numbers: to a hundredth of the smallest gap between any two, at least. Powers of ten stand where that
    /// is short; a large number that differs from its neighbour in a late digit is written out.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let gap = sorted.windows(2).map(|w| w[1] - w[0]).filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
        let size = sorted.iter().fold(0.0_f64, |size, v| size.max(v.abs()));
        if !gap.is_finite() {
            return Self::Alone;
        }
        let (top, last) = (size.log10().floor() as i32, gap.log10().floor() as i32 - 1);
        let plain = (-3..5).contains(&top) || ((5..16).contains(&top) && top - last > 3);
        if plain { Self::Decimals((-last).max(0) as usize) } else { Self::Mantissa((top - last).clamp(0, 16) as usize) }
    }

    /// A number of the set.
    pub fn write(self, value: f64) -> String {
        let text = match self {
            Self::Alone => return number(value),
            Self::Decimals(digits) => trimmed(&format!("{value:.digits$}")),
            _ if value == 0.0 => "0".to_owned(),
            Self::Mantissa(digits) => {
                let text = format!("{value:.digits$e}");
                let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
                format!("{}e{power}", trimmed(mantissa))
            }
        };
        if text == "-0" { "0".to_owned() } else { text.replace('-', "\u{2212}") }
    }
}

/// Without zeros at the end of the decimals.
fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// About `wanted` round ticks of a span with their labels, fewer where the labels would touch along `room`.
pub fn labelled(span: Span, wanted: usize, room: f64) -> Vec<(f64, String)> {
    let with = |wanted: usize| -> Vec<(f64, String)> {
        let ticks = span.ticks(wanted);
        let digits = Digits::of(&ticks);
        ticks.into_iter().map(|tick| (tick, digits.write(tick))).collect()
    };
    let fits = |ticks: &[(f64, String)]| {
        let step = ticks.windows(2).map(|w| w[1].0 - w[0].0).fold(f64::INFINITY, f64::min);
        room * step / span.width() > widest(ticks) + 8.0
    };
    (2..=wanted).rev().map(with).find(|ticks| fits(ticks)).unwrap_or_else(|| with(1))
}

/// Pixels that the longest label takes, about.
pub fn widest(labels: &[(f64, String)]) -> f64 {
    6.2 * labels.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: &[f64]) -> Vec<String> {
        values.iter().map(|v| Digits::of(values).write(*v)).collect()
    }

    #[test]
    fn neighbours_are_told_apart() {
        assert_eq!(written(&[449_950.0, 450_000.0, 450_050.0]), ["449950", "450000", "450050"]);
        assert_eq!(written(&[1.7e9, 1.7e9 + 86_400.0, 1.7e9 + 259_200.0]), ["1700000000", "1700086400", "1700259200"]);
        assert_eq!(written(&[1e8, 1e8 + 0.5]), ["100000000", "100000000.5"]);
        assert_eq!(written(&[10.25, 10.3, 10.35]), ["10.25", "10.3", "10.35"]);
        assert_eq!(written(&[0.0, 1.0, 2.0, 24.0, 168.0]), ["0", "1", "2", "24", "168"]);
        assert_eq!(written(&[0.001, 0.001_000_1]), ["0.001", "0.0010001"]);
        assert_eq!(written(&[1e-12, 1.000_01e-12]), ["1e\u{2212}12", "1.00001e\u{2212}12"]);
        assert_eq!(written(&[-0.04, 0.0, 0.04]), ["\u{2212}0.04", "0", "0.04"]);
    }

    #[test]
    fn digits_that_say_nothing_more_are_left_out() {
        assert_eq!(written(&[0.0, 1e15, 2e15]), ["0", "1e15", "2e15"]);
        assert_eq!(written(&[-2e-12, 0.0, 2e-12]), ["\u{2212}2e\u{2212}12", "0", "2e\u{2212}12"]);
        assert_eq!(written(&[0.0, 500_000.0, 1e6]), ["0", "5e5", "1e6"]);
        assert_eq!(written(&[0.0, f64::from(0.1_f32), f64::from(0.7_f32)]), ["0", "0.1", "0.7"]);
        assert_eq!(written(&[7.0]), ["7"]);
    }

    #[test]
    fn labels_have_room() {
        let span = Span { low: 1.7e9, high: 1.7e9 + 3.0 };
        for (wanted, room) in [(6, 400.0), (4, 190.0), (4, 90.0)] {
            let ticks = labelled(span, wanted, room);
            let gap = ticks.windows(2).map(|w| room * (w[1].0 - w[0].0) / 3.0).fold(f64::INFINITY, f64::min);
            assert!(!ticks.is_empty() && gap > widest(&ticks), "{ticks:?} in {room}");
        }
    }
}
