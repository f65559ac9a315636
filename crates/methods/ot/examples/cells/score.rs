//! How well an alignment finds a cell's other half.

use thalweg_core::Points;

/// Neighbours that decide on a label.
const NEIGHBOURS: usize = 5;

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Mean fraction of points of the other side that lie closer than the true partner, from both sides. 0.5 is chance.
pub fn foscttm(x: &Points, y: &Points) -> f64 {
    let n = x.len();
    let closer = |from: &[f64], among: &Points, i: usize| {
        let own = square(from, among.row(i));
        among.rows().filter(|row| square(from, row) < own).count()
    };
    let count: usize = (0..n).map(|i| closer(x.row(i), y, i) + closer(y.row(i), x, i)).sum();
    count as f64 / (2 * n * (n - 1)) as f64
}

/// Share of points of `x` whose label is that of most of the nearest of `y`; both sides have the same labels.
pub fn transfer(x: &Points, y: &Points, labels: &[f64]) -> f64 {
    let right = (0..x.len()).filter(|i| {
        let mut order: Vec<usize> = (0..y.len()).collect();
        order.sort_by(|a, b| square(x.row(*i), y.row(*a)).total_cmp(&square(x.row(*i), y.row(*b))));
        let votes = |label: f64| order[..NEIGHBOURS].iter().filter(|j| labels[**j] == label).count();
        let first = order[..NEIGHBOURS].iter().map(|j| labels[*j]);
        // The nearest decides between equals.
        let best =
            first.fold(f64::NAN, |best, label| if best.is_nan() || votes(label) > votes(best) { label } else { best });
        best == labels[*i]
    });
    right.count() as f64 / x.len() as f64
}
