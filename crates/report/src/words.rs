//! Names and citations as a person reads them.

/// `rectified-flow` as "Rectified flow".
pub fn in_words(name: &str) -> String {
    capitalised(&name.replace('-', " "))
}

/// The text with a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// "Authors, title, year" out of a BibTeX entry.
pub fn citation_text(bibtex: &str) -> String {
    let field = |name: &str| {
        let start = bibtex.find(&format!("{name} = {{"))? + name.len() + 4;
        Some(bibtex[start..].split_once('}')?.0.to_owned())
    };
    [field("author"), field("title"), field("year")].into_iter().flatten().collect::<Vec<_>>().join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_read_as_text() {
        let text = citation_text("@a{k,\n  title = {Some Title},\n  author = {A, B and C, D},\n  year = {2023}\n}");
        assert_eq!(text, "A, B and C, D. Some Title. 2023");
    }

    #[test]
    fn a_name_reads_as_words() {
        assert_eq!(in_words("velocity-growth-matching"), "Velocity growth matching");
    }
}
