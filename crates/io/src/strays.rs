//! Values so far from all others that they are not of the same population: a code for "missing", a slipped decimal.

/// Distance from the median, in typical distances (the median of those that are not zero), from which a value is one.
const FAR: f64 = 1e4;
/// ... and that in units of the distance of the next value. Heavy tails have far values too, but with others on the way:
/// of a Cauchy law, or any whose tail falls as `1/x`, the largest is this many times as large as the next with
/// probability `1 / APART`, whatever the number of rows, and of lighter tails more rarely by far.
const APART: f64 = 1e3;
/// Fewer values than this say nothing about which of them is strange.
const FEWEST: usize = 8;

/// What to tell the user about values of `values` (rows of `d` numbers, columns named `features`) that are far from all
/// others, if there are any: the worst column, its row and what it does.
///
/// Such a value squeezes all others into a point in the units in which a law is learned. Up to a hundredth of the rows
/// may share it. Cost: linear in the values.
pub fn stray_warning(d: usize, values: &[f64], features: &[String]) -> Option<String> {
    let strays: Vec<Stray> = (0..d).filter_map(|k| stray(d, values, k)).collect();
    let worst = strays.iter().max_by(|a, b| a.far.total_cmp(&b.far))?;
    let alike = match worst.alike {
        1 => String::new(),
        n => format!(" (it is one of {n} like that)"),
    };
    let columns = match strays.len() - 1 {
        0 => String::new(),
        1 => " Another column has such a value too.".to_owned(),
        n => format!(" {n} other columns have such values too."),
    };
    Some(format!(
        "Row {} (counted from 0) has {} in column `{}`{alike}: {:.0e} times as far from the median as a typical row, and {:.0e} times as far as the next.{columns} All other rows are squeezed together in the units that learning uses. If it stands for a missing value or is a slip, remove the row.",
        worst.row, worst.value, features[worst.column], worst.far, worst.apart
    ))
}

struct Stray {
    column: usize,
    row: usize,
    value: f64,
    far: f64,
    apart: f64,
    alike: usize,
}

/// The farthest value of a column, where a gap parts it, and few others, from all the rest.
fn stray(d: usize, values: &[f64], column: usize) -> Option<Stray> {
    let entries = || values.iter().skip(column).step_by(d).copied();
    let centre = median(entries().collect())?;
    let distances: Vec<f64> = entries().map(|v| (v - centre).abs()).collect();
    let moved: Vec<f64> = distances.iter().copied().filter(|r| *r > 0.0).collect();
    if moved.len() < FEWEST {
        return None;
    }
    let most = distances.len().div_ceil(100);
    let typical = median(moved)?;
    let mut order: Vec<usize> = (0..distances.len()).filter(|i| distances[*i] > FAR * typical).collect();
    if order.is_empty() {
        return None;
    }
    // The next after the far ones as well: it is what a gap is measured to.
    let near = (0..distances.len()).filter(|i| distances[*i] <= FAR * typical);
    order.extend(near.max_by(|i, j| distances[*i].total_cmp(&distances[*j])));
    order.sort_by(|i, j| distances[*j].total_cmp(&distances[*i]));
    let gap = order.windows(2).take(most).position(|p| distances[p[0]] >= APART * distances[p[1]])?;
    let (row, next) = (order[0], order[gap + 1]);
    let far = distances[row] / typical;
    Some(Stray {
        column,
        row,
        value: values[row * d + column],
        far,
        apart: distances[order[gap]] / distances[next],
        alike: gap + 1,
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    fn names() -> Vec<String> {
        ["a", "b"].map(str::to_owned).to_vec()
    }

    fn normal(rows: usize, seed: u64) -> Vec<f64> {
        let mut stream = Stream::new(seed, "test", 0);
        (0..2 * rows).map(|_| stream.normal()).collect()
    }

    #[test]
    fn a_code_for_missing_is_named_with_row_and_column() {
        for seed in 0..3 {
            let mut values = normal(150, seed);
            assert_eq!(stray_warning(2, &values, &names()), None);
            values[2 * 7] = 1e6;
            let said = stray_warning(2, &values, &names()).unwrap();
            assert!(said.starts_with("Row 7 (counted from 0) has 1000000 in column `a`:"), "{said}");
            values[2 * 31 + 1] = -99_999.0;
            values[2 * 99 + 1] = -99_999.0;
            let said = stray_warning(2, &values, &names()).unwrap();
            assert!(said.contains("column `a`") && said.contains("Another column"), "{said}");
            values[2 * 7] = 0.0;
            let said = stray_warning(2, &values, &names()).unwrap();
            assert!(said.contains("-99999 in column `b` (it is one of 2 like that)"), "{said}");
        }
    }

    /// Quotients of normal values follow the Cauchy law; one column in a thousand may be blamed.
    #[test]
    fn heavy_tails_are_no_strays() {
        let mut blamed = 0;
        for seed in 0..600 {
            let mut stream = Stream::new(seed, "test", 1);
            let values: Vec<f64> = (0..1000).map(|_| stream.normal() / stream.normal()).collect();
            blamed += u32::from(stray_warning(1, &values, &names()).is_some());
        }
        assert!(blamed <= 4, "{blamed} of 600");
        // Counts with many zeros, a log-normal size, and growth by orders of magnitude from one time to the next.
        let mut stream = Stream::new(0, "test", 2);
        let counts: Vec<f64> = (0..4000).map(|_| (2.0 * stream.normal()).exp().floor()).collect();
        let sizes: Vec<f64> = (0..4000).map(|_| (4.0 * stream.normal()).exp()).collect();
        let growing: Vec<f64> = (0..400).map(|i| 10_f64.powi(4 * (i / 100)) * (1.0 + stream.uniform())).collect();
        for values in [counts, sizes, growing, vec![1.0; 20], [vec![0.0; 99], vec![1e9]].concat()] {
            assert_eq!(stray_warning(1, &values, &names()), None);
        }
    }
}
