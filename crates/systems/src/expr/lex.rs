//! Tokens.

use super::Fault;
use std::ops::Range;

/// What a piece of text is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    /// A name; with `Some(k)` its last index is the variable of a sum plus `k`, written `{i+1}`.
    Name(String, Option<i64>),
    /// One of `+ - * / % ^ ( ) , ; =`.
    Mark(char),
}

/// A token with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    pub token: Token,
    pub at: Range<usize>,
}

/// The tokens of `source`, in order.
pub(crate) fn tokens(source: &str) -> Result<Vec<Placed>, Fault> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let (token, end) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'0'..=b'9' | b'.' => number(source, at)?,
            b'a'..=b'z' | b'A'..=b'Z' => name(source, at)?,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'(' | b')' | b',' | b';' | b'=' => {
                (Token::Mark(char::from(byte)), at + 1)
            }
            _ => return Err(stray(source, at)),
        };
        found.push(Placed { token, at: at..end });
        at = end;
    }
    Ok(found)
}

fn stray(source: &str, at: usize) -> Fault {
    let c = source[at..].chars().next().unwrap_or('?');
    Fault::new(at..at + c.len_utf8(), format!("The character {c:?} has no meaning here.")).advise(
        "Names begin with a letter and go on with letters, digits and _; the operators are + - * / % ^ and parentheses.",
    )
}

/// Where a run of bytes that satisfy `keep` ends.
fn run(bytes: &[u8], from: usize, keep: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|b| !keep(*b)).map_or(bytes.len(), |n| from + n)
}

fn number(source: &str, from: usize) -> Result<(Token, usize), Fault> {
    let bytes = source.as_bytes();
    let mut end = run(bytes, from, |b| b.is_ascii_digit());
    if bytes.get(end) == Some(&b'.') {
        end = run(bytes, end + 1, |b| b.is_ascii_digit());
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let digits = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(digits).is_some_and(u8::is_ascii_digit) {
            end = run(bytes, digits, |b| b.is_ascii_digit());
        }
    }
    match source[from..end].parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Token::Number(value), end)),
        _ => {
            Err(Fault::new(from..end, format!("\"{}\" is not a number that can be computed with.", &source[from..end])))
        }
    }
}

fn name(source: &str, from: usize) -> Result<(Token, usize), Fault> {
    let bytes = source.as_bytes();
    let end = run(bytes, from, |b| b.is_ascii_alphanumeric() || b == b'_');
    if bytes.get(end) != Some(&b'{') {
        return Ok((Token::Name(source[from..end].to_owned(), None), end));
    }
    let close = run(bytes, end, |b| b != b'}');
    let inside = source.get(end + 1..close).unwrap_or_default();
    let index = inside.split_once('+').and_then(|(variable, k)| {
        let variable = variable.trim();
        let plain = !variable.is_empty() && variable.bytes().all(|b| b.is_ascii_alphanumeric());
        k.trim().parse::<i64>().ok().filter(|k| plain && k.abs() <= 1000).map(|k| (variable, k))
    });
    match index {
        Some((variable, k)) if source[..end].ends_with('_') && close < bytes.len() => {
            Ok((Token::Name(format!("{}{variable}", &source[from..end]), Some(k)), close + 1))
        }
        _ => Err(Fault::new(end..(close + 1).min(bytes.len()), "This index cannot be read.")
            .advise("A shifted index within a sum is written c_{i+1}.")),
    }
}
