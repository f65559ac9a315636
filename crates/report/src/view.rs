//! The window of the plane that is drawn, its ticks, and how numbers are written.

use crate::scene::Scene;

/// An interval of one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Lower end.
    pub low: f64,
    /// Upper end, above `low`.
    pub high: f64,
}

impl Span {
    /// Length of the interval.
    pub fn width(self) -> f64 {
        self.high - self.low
    }

    /// The interval stretched about its centre.
    pub fn stretched(self, factor: f64) -> Self {
        let (centre, half) = (0.5 * (self.low + self.high), 0.5 * factor * self.width());
        Self { low: centre - half, high: centre + half }
    }

    /// The smallest interval around all values, widened where it would have no length.
    pub fn around(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if low > high {
            return None;
        }
        let slack = if high - low > 1e-14 * low.abs().max(high.abs()) { 0.0 } else { 0.5 * low.abs().max(1.0) };
        Some(Self { low: low - slack, high: high + slack })
    }

    /// Round tick positions inside the interval, about `wanted` of them.
    pub fn ticks(self, wanted: usize) -> Vec<f64> {
        let rough = self.width() / wanted.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = power * [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= rough).unwrap_or(10.0);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last).map(|k| k as f64 * step).collect()
    }
}

/// The window of the plane that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Along the first axis.
    pub x: Span,
    /// Along the second axis.
    pub y: Span,
    /// Whether one unit has the same length along both axes.
    pub equal: bool,
}

/// Spans more different than this are scaled separately: one of them would be a line otherwise.
const WIDEST_EQUAL: f64 = 4.0;

impl View {
    /// The window of a scene: all observed points, and particles unless they stray far from them.
    pub fn of(scene: &Scene) -> Self {
        let [x, y] = [0, 1].map(|k| {
            let observed = Span::around(scene.snapshots.iter().flat_map(|s| &s.xy).map(|p| p[k]));
            let moved = scene.particles.as_ref().and_then(|p| Span::around(p.xy.iter().flatten().map(|p| p[k])));
            let span = match (observed, moved) {
                (Some(o), Some(m)) => {
                    let reach = o.stretched(1.6);
                    Span { low: o.low.min(m.low.max(reach.low)), high: o.high.max(m.high.min(reach.high)) }
                }
                (one, other) => one.or(other).unwrap_or(Span { low: -1.0, high: 1.0 }),
            };
            span.stretched(1.08)
        });
        let ratio = x.width() / y.width();
        // Time and value have no unit in common.
        let equal = !scene.against_time() && (1.0 / WIDEST_EQUAL..=WIDEST_EQUAL).contains(&ratio);
        Self { x, y, equal }
    }

    /// Units that become one in the coordinates in which lengths on the page are measured.
    pub fn scale(self) -> [f64; 2] {
        let longest = self.x.width().max(self.y.width());
        if self.equal { [longest; 2] } else { [self.x.width(), self.y.width()] }
    }

    /// The window grown along one axis so that it fills a box of this size without distortion.
    pub fn filling(self, width: f64, height: f64) -> Self {
        if !self.equal {
            return self;
        }
        let (wide, tall) = (self.x.width() / width, self.y.width() / height);
        if wide > tall {
            Self { y: self.y.stretched(wide / tall), ..self }
        } else {
            Self { x: self.x.stretched(tall / wide), ..self }
        }
    }

    /// Height over width of a box that suits the window.
    pub fn aspect(self) -> f64 {
        if self.equal { (self.y.width() / self.x.width()).clamp(0.55, 1.0) } else { 0.68 }
    }
}

/// A number to three significant digits, without a tail of zeros.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e5).contains(&size) {
        return format!("{value:.1e}").replace('-', "\u{2212}");
    }
    let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
    let mut out = format!("{value:.decimals$}");
    if out.contains('.') {
        out.truncate(out.trim_end_matches('0').trim_end_matches('.').len());
    }
    out.replace('-', "\u{2212}")
}

/// A whole number with thin spaces between thousands.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Span { low: -0.3, high: 4.2 }.ticks(5), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(Span { low: 0.0, high: 250.0 }.ticks(3), [0.0, 100.0, 200.0]);
    }

    #[test]
    fn numbers_keep_three_digits() {
        let written: Vec<String> = [0.0, 0.1234, 12.0, 1234.6, 1e-5, -0.5].into_iter().map(number).collect();
        assert_eq!(written, ["0", "0.123", "12", "1235", "1.0e\u{2212}5", "\u{2212}0.5"]);
        assert_eq!(count(1234567), "1\u{202F}234\u{202F}567");
    }

    #[test]
    fn a_stray_particle_does_not_shrink_the_picture() {
        let mut scene = Scene::default();
        scene.snapshots.push(crate::scene::SnapshotView { xy: vec![[0.0, 0.0], [1.0, 1.0]], ..Default::default() });
        scene.particles =
            Some(crate::scene::Particles { times: vec![0.0], xy: vec![vec![[1e20, 0.5]]], log_weight: None });
        let view = View::of(&scene);
        assert!(view.x.width() < 2.0 && view.equal);
        let filled = view.filling(200.0, 100.0);
        assert!((filled.x.width() / filled.y.width() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn time_and_value_are_scaled_separately() {
        let mut scene = Scene { features: vec!["height".into()], ..Scene::default() };
        scene.snapshots.push(crate::scene::SnapshotView { xy: vec![[0.0, 0.0], [1.0, 1.0]], ..Default::default() });
        assert!(scene.against_time() && !View::of(&scene).equal);
        // The times of one snapshot have no distribution worth a curve.
        assert_eq!(scene.state_axes(), 1..2);
        scene.features.push("weight".into());
        assert!(View::of(&scene).equal && scene.state_axes() == (0..2));
    }
}
