//! Settings that come as JSON, and what is said of those that cannot be read.

use serde::de::DeserializeOwned;
use serde_json::Value;
use thalweg_core::{Error, Result, listed};

/// A value of type `C` from `settings`, an object of names and values or a value by itself.
///
/// # Errors
/// A name or a word that is not known, with the nearest that is; a value of another kind. The sentence names the setting.
pub fn read_settings<C: DeserializeOwned>(settings: Value) -> Result<C> {
    serde_json::from_value(settings.clone()).map_err(|error| {
        let said = error.to_string();
        // The reader does not say which value it was at: the one that gives the same complaint by itself.
        let alone = |name: &String, value: &Value| Value::Object([(name.clone(), value.clone())].into_iter().collect());
        let guilty = settings.as_object().and_then(|all| {
            let fails = |(name, value): &(&String, &Value)| {
                serde_json::from_value::<C>(alone(name, value)).is_err_and(|e| e.to_string() == said)
            };
            all.iter().find(fails).map(|(name, _)| name.as_str())
        });
        told(&said, guilty)
    })
}

/// What the reader said, as a sentence about the setting `name`.
fn told(said: &str, name: Option<&str>) -> Error {
    let of = name.map_or(String::new(), |name| format!("The setting {name}: "));
    if let Some((word, known)) = unknown(said, "unknown variant ") {
        let sentence = format!("{of}there is no \"{word}\".");
        return Error::input(capital(&sentence)).advise(near(word, &known));
    }
    if let Some((word, known)) = unknown(said, "unknown field ") {
        return Error::input(format!("There is no setting called \"{word}\".")).advise(near(word, &known));
    }
    let kinds = ["invalid type: ", "invalid value: ", "invalid length "];
    let rest = kinds.iter().find_map(|kind| said.strip_prefix(kind)).and_then(|rest| rest.split_once(", expected "));
    match rest {
        Some((found, wanted)) => {
            let wanted = before_place(wanted);
            let found = found.replace('`', "");
            Error::input(capital(&format!("{of}{found} was given, but {} is needed.", kind_of(wanted))))
        }
        None => Error::input(capital(&format!("{of}{}.", before_place(said)))),
    }
    .advise("Give a value of the kind of the default.")
}

/// The unknown word of a complaint and the known ones, all in backticks.
fn unknown<'a>(said: &'a str, beginning: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let mut words = said.strip_prefix(beginning)?.split('`').skip(1).step_by(2);
    Some((words.next()?, words.collect()))
}

/// Advice for a word that is none of the `known` ones: the nearest, and all of them.
pub fn near<S: AsRef<str>>(word: &str, known: &[S]) -> String {
    let distance = |name: &&S| strsim::levenshtein(&name.as_ref().to_lowercase(), &word.to_lowercase());
    match known.iter().min_by_key(distance) {
        None => "There are none here.".to_owned(),
        Some(nearest) => format!("The nearest is {}; there are {}.", nearest.as_ref(), listed(known, known.len())),
    }
}

/// A complaint without the place in a text that the user did not write.
fn before_place(said: &str) -> &str {
    said.split_once(" at line ").map_or(said, |(before, _)| before)
}

/// What a type of Rust is to who sets it.
fn kind_of(wanted: &str) -> &str {
    match wanted {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 on",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a finite number",
        "a boolean" => "true or false",
        other => other,
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Surrogate, SurrogateTest};
    use serde_json::json;

    fn said<C: DeserializeOwned + std::fmt::Debug>(settings: Value) -> String {
        let error = read_settings::<C>(settings).unwrap_err();
        format!("{} try: {}", error.message(), error.advice().unwrap_or_default())
    }

    #[test]
    fn what_cannot_be_read_is_named_with_the_nearest() {
        let told = said::<Surrogate>(json!("shuffle"));
        assert!(told.starts_with("There is no \"shuffle\".") && told.contains("nearest is shuffled;"), "{told}");
        for (settings, parts) in [
            (json!({"surrogate": "iafft"}), ["The setting surrogate: there is no \"iafft\"", "nearest is iaaft"]),
            (json!({"lagg": 1}), ["There is no setting called \"lagg\"", "nearest is lag;"]),
            (json!({"count": 30, "lag": -1}), ["The setting lag: ", "a whole number from 0 on"]),
            (json!({"count": "nan"}), ["The setting count: ", "\"nan\" was given"]),
        ] {
            let told = said::<SurrogateTest>(settings);
            assert!(parts.iter().all(|part| told.contains(part)), "{told}");
            assert!(!told.contains('`') && !told.contains("usize") && !told.contains("line"), "{told}");
        }
    }
}
