//! What is wrong with a text, and where.

use std::ops::Range;
use thalweg_core::Error;

/// A sentence about a part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// Bytes of the text that it is about.
    pub at: Range<usize>,
    /// A whole sentence.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
}

/// Characters shown on either side of a fault in a long text.
const AROUND: usize = 48;

impl Fault {
    pub fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), advice: None }
    }

    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The refusal of the text `source` of `what`: the sentence, the place with carets under it, the advice.
    pub fn refuse(&self, what: &str, source: &str) -> Error {
        let (line, carets) = self.point(source);
        let error = Error::input(format!("{what}: {}\n    {line}\n    {carets}", self.message));
        match &self.advice {
            Some(advice) => error.advise(advice.clone()),
            None => error,
        }
    }

    /// The part of the source around the fault, on one line, and the line of carets.
    fn point(&self, source: &str) -> (String, String) {
        let chars: Vec<(usize, char)> =
            source.char_indices().map(|(at, c)| (at, if c.is_control() { ' ' } else { c })).collect();
        let index = |byte: usize| chars.partition_point(|(at, _)| *at < byte);
        let (from, to) = (index(self.at.start), index(self.at.end));
        let (low, high) = (from.saturating_sub(AROUND), (from + AROUND).min(chars.len()));
        let mut line: String = chars[low..high].iter().map(|(_, c)| *c).collect();
        let mut before = from - low;
        if low > 0 {
            line.insert_str(0, "...");
            before += 3;
        }
        if high < chars.len() {
            line.push_str("...");
        }
        let width = (to.min(high)).saturating_sub(from).max(1);
        (line, format!("{}{}", " ".repeat(before), "^".repeat(width)))
    }
}
