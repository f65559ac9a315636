//! Arrays as base64 of small unsigned integers: the page stays one file, and not a large one.

use crate::view::Span;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Positions as `u16` pairs (little endian) over two spans; what lies outside is put on the edge.
pub fn positions<'a>(points: impl IntoIterator<Item = &'a [f64; 2]>, x: Span, y: Span) -> String {
    let mut bytes = Vec::new();
    for point in points {
        for (value, span) in point.iter().zip([x, y]) {
            bytes.extend_from_slice(&quantise(*value, span, 65535.0).to_le_bytes());
        }
    }
    STANDARD.encode(bytes)
}

/// Values as `u16` (little endian) over their span; what lies outside is put on the edge.
pub fn words(values: impl IntoIterator<Item = f64>, span: Span) -> String {
    STANDARD
        .encode(values.into_iter().flat_map(|value| quantise(value, span, 65535.0).to_le_bytes()).collect::<Vec<_>>())
}

/// Values as bytes over their span; what lies outside is put on the edge.
pub fn levels(values: impl IntoIterator<Item = f64>, span: Span) -> String {
    STANDARD.encode(values.into_iter().map(|value| quantise(value, span, 255.0) as u8).collect::<Vec<_>>())
}

/// Signed values as bytes over `-scale..scale`: 0 is exactly 127, and what lies outside is put on the edge.
pub fn signed<'a>(values: impl IntoIterator<Item = &'a f32>, scale: f64) -> String {
    let span = Span { low: -scale, high: scale };
    STANDARD.encode(values.into_iter().map(|v| quantise(f64::from(*v), span, 254.0) as u8).collect::<Vec<_>>())
}

/// Values in 0..1 as bytes.
pub fn fractions<'a>(values: impl IntoIterator<Item = &'a f32>) -> String {
    let span = Span { low: 0.0, high: 1.0 };
    STANDARD.encode(values.into_iter().map(|v| quantise(f64::from(*v), span, 255.0) as u8).collect::<Vec<_>>())
}

fn quantise(value: f64, span: Span, steps: f64) -> u16 {
    (((value - span.low) / span.width()).clamp(0.0, 1.0) * steps).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back_within_half_a_step() {
        let (x, y) = (Span { low: -3.0, high: 5.0 }, Span { low: 0.0, high: 0.25 });
        let points: Vec<[f64; 2]> = (0..1000)
            .map(|i| [-3.0 + 8.0 * (f64::from(i) * 0.618).fract(), 0.25 * (f64::from(i) * 0.414).fract()])
            .collect();
        let bytes = STANDARD.decode(positions(&points, x, y)).unwrap();
        assert_eq!(bytes.len(), 4000);
        for (point, pair) in points.iter().zip(bytes.chunks_exact(4)) {
            let back = |k: usize, s: Span| {
                s.low + s.width() * f64::from(u16::from_le_bytes([pair[2 * k], pair[2 * k + 1]])) / 65535.0
            };
            for (k, span) in [x, y].into_iter().enumerate() {
                assert!((back(k, span) - point[k]).abs() <= 0.5001 * span.width() / 65535.0);
            }
        }
    }

    #[test]
    fn zero_growth_is_exact_and_extremes_saturate() {
        let bytes = STANDARD.decode(signed(&[0.0, -2.0, 2.0, 1e30, 1.0], 2.0)).unwrap();
        assert_eq!(bytes, [127, 0, 254, 254, 191]);
    }
}
