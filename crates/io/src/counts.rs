//! Columns that number the rows: identifiers taken for coordinates.

/// Fewer rows than this may count up by chance.
const FEWEST: usize = 10;

/// What to tell the user about columns of `values` (rows of `d` numbers, columns named `features`) that count the rows,
/// each entry one more than that of the row before. Cost: linear in the values, and one row where no column counts.
pub fn count_warning(d: usize, values: &[f64], features: &[String]) -> Option<String> {
    let rows = values.len() / d.max(1);
    let counts = |k: usize| (1..rows).all(|i| values[i * d + k] == values[(i - 1) * d + k] + 1.0);
    let counting: Vec<&str> = (0..d).filter(|&k| counts(k)).map(|k| features[k].as_str()).collect();
    let named = match counting[..] {
        _ if rows < FEWEST => return None,
        [] => return None,
        [one] => format!("The column `{one}` numbers"),
        _ => format!("The columns {} number", counting.join(", ")),
    };
    Some(format!(
        "{named} the rows (each entry is one more than the last), which says nothing of a point but takes part as a coordinate. If it is an identifier, name the features without it."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_coordinates() {
        let names = ["id".to_owned(), "x".to_owned()];
        let rows = |n: usize| (0..n).flat_map(|i| [7.0 + i as f64, (i * i) as f64]).collect::<Vec<_>>();
        let said = count_warning(2, &rows(30), &names).unwrap();
        assert!(said.starts_with("The column `id` numbers the rows"), "{said}");
        assert_eq!(count_warning(2, &rows(9), &names), None);
        let mut shuffled = rows(30);
        shuffled.swap(0, 2);
        assert_eq!(count_warning(2, &shuffled, &names), None);
        assert_eq!(count_warning(1, &[], &names), None);
    }
}
