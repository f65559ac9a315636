//! Text that came from files and users, made safe inside HTML, SVG and a script element.

/// Text for an HTML or SVG element or a quoted attribute.
///
/// Control characters that XML forbids become U+FFFD, so that a figure stays a well-formed document.
pub fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// JSON for a `<script type="application/json">` element.
///
/// Only JSON strings can hold `<`, `>` or `&`, so their escapes change nothing of the value while `</script>`
/// and `<!--` can no longer end or comment out the element.
pub fn json(value: &serde_json::Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_leave_its_element() {
        let safe = text("\"><img src=x onerror='alert(1)'>\u{0}&amp;");
        assert_eq!(safe, "&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;\u{FFFD}&amp;amp;");
    }

    #[test]
    fn hostile_json_cannot_end_its_script_and_keeps_its_value() {
        let value = serde_json::json!({"</script><!--": "a\u{2028}b&c<script>"});
        let safe = json(&value);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
