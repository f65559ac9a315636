//! Names that were mistyped.

/// The `count` names nearest to `word`, nearest first; case and separators count least.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let start = |text: &str| plain(&text.chars().take(64).collect::<String>());
    let wanted = start(word);
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| {
            let have = start(name);
            // A word that begins or contains the other is nearer than its length says: lorenz means lorenz63.
            let within = !wanted.is_empty() && (have.contains(&wanted) || wanted.contains(&have));
            let distance = strsim::levenshtein(&have, &wanted);
            (if within { distance.min(1) } else { distance }, name)
        })
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().take(count).map(|(_, name)| name).collect()
}

/// A name without case and separators: how names are compared.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}
