//! A command as a line that a shell reads back.

/// The words of a command, quoted for a POSIX shell where they need it. A single word is the call of another
/// language and stays as it is.
pub fn line(words: &[String]) -> String {
    match words {
        [call] => call.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    }
}

/// Nothing is special within single quotes but the single quote, which is written between two quoted parts.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=:,./@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_quotes_has_none() {
        let words = ["thalweg", "learn", "a/b-1.csv", "--features", "x,y", "--set", "fit.steps=20"].map(str::to_owned);
        assert_eq!(line(&words), "thalweg learn a/b-1.csv --features x,y --set fit.steps=20");
        let call = "thalweg.learn('a b.csv', time_key='day')";
        assert_eq!(line(&[call.to_owned()]), call);
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_same_words() {
        let words =
            ["printf", "%s\n", "a b", "", "it's", "network.hidden=[64, 64]", "$HOME `id` \"x\" \\ ~ * ü", "a;b&c|d"]
                .map(str::to_owned);
        let said = std::process::Command::new("sh").args(["-c", &line(&words)]).output().unwrap();
        let read = String::from_utf8(said.stdout).unwrap();
        assert_eq!(read.lines().collect::<Vec<_>>(), words[2..]);
    }
}
