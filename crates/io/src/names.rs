//! Finding columns by name, and saying which exist when one does not.

use thalweg_core::{Error, Result, listed};

/// At most this many names are listed in a sentence.
const LISTED: usize = 20;

/// The place of `name`, which is the value of `option`.
pub(crate) fn find(available: &[String], name: &str, what: &str) -> Result<usize> {
    available.iter().position(|a| a == name).ok_or_else(|| missing(available, name, what))
}

/// The places of `wanted`: exact names first, then ranges `FIRST:LAST`; no column twice.
pub(crate) fn find_all(available: &[String], wanted: &[String], what: &str) -> Result<Vec<usize>> {
    let mut places = Vec::with_capacity(wanted.len());
    for name in wanted {
        let (first, last) = match available.iter().position(|a| a == name) {
            Some(i) => (i, i),
            None => range(available, name, what)?,
        };
        for i in first..=last {
            if places.contains(&i) {
                return Err(
                    Error::input(format!("The {what} `{}` is selected twice.", available[i])).advise("Name it once.")
                );
            }
            places.push(i);
        }
    }
    Ok(places)
}

fn range(available: &[String], name: &str, what: &str) -> Result<(usize, usize)> {
    // A name may hold colons itself, so every colon is tried as the one between the two ends.
    let place = |s: &str| available.iter().position(|a| a == s);
    for (colon, _) in name.match_indices(':') {
        if let (Some(first), Some(last)) = (place(&name[..colon]), place(&name[colon + 1..])) {
            if first > last {
                return Err(Error::input(format!(
                    "The range `{name}` runs backwards: `{}` comes after `{}` in the file.",
                    available[first], available[last]
                ))
                .advise("Write the earlier column first."));
            }
            return Ok((first, last));
        }
    }
    Err(missing(available, name, what))
}

/// The error for a name that is not there.
pub(crate) fn missing(available: &[String], name: &str, what: &str) -> Error {
    let error = Error::input(format!("There is no {what} `{name}`."));
    match nearest(available, name) {
        _ if available.is_empty() => error.advise(format!("There is none at all to choose as {what}.")),
        Some(near) => error.advise(format!("Did you mean `{near}`? Available: {}.", list(available))),
        None => error.advise(format!("Available: {}.", list(available))),
    }
}

/// The names, shortened past twenty.
pub(crate) fn list(names: &[String]) -> String {
    listed(names, LISTED)
}

/// Refuses two columns with one name.
pub(crate) fn distinct(names: &[String]) -> Result<()> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Error::input(format!("Two columns are named `{}`.", pair[0])).advise("Rename one of them.")),
    }
}

fn nearest<'a>(available: &'a [String], name: &str) -> Option<&'a String> {
    let wanted = start(name);
    // Beyond some thousand names a typo is not worth a quadratic search.
    available
        .iter()
        .take(5000)
        .map(|a| (strsim::levenshtein(&start(a), &wanted), a))
        .min_by_key(|(d, _)| *d)
        .filter(|(d, a)| *d <= 1 + a.chars().count().max(wanted.chars().count()) / 3)
        .map(|(_, a)| a)
}

/// The first 64 characters in lower case: what a typo is looked for in.
fn start(name: &str) -> String {
    name.chars().take(64).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn names_ranges_and_the_nearest() {
        let have = names(&["day", "PC1", "PC2", "PC3", "a:b"]);
        assert_eq!(find_all(&have, &names(&["PC1:PC3", "a:b"]), "column").unwrap(), [1, 2, 3, 4]);
        assert!(
            find_all(&have, &names(&["PC1:PC3", "PC2"]), "column")
                .unwrap_err()
                .to_string()
                .contains("PC2` is selected twice")
        );
        assert!(find_all(&have, &names(&["PC3:PC1"]), "column").unwrap_err().to_string().contains("backwards"));
        let e = find(&have, "dya", "column").unwrap_err().to_string();
        assert!(e.contains("no column `dya`") && e.contains("Did you mean `day`?") && e.contains("PC2"), "{e}");
        assert!(!find(&have, "temperature", "column").unwrap_err().to_string().contains("mean"));
        assert!(distinct(&names(&["a", "b", "a"])).is_err());
    }
}
