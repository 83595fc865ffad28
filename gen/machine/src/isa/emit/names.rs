//! Names in the styles of the languages, for all generators.

/// `half-up` as `HalfUp`.
pub fn camel(name: &str) -> String {
    let upper = |part: &str| {
        let (first, rest) = part.split_at(1);
        first.to_uppercase() + rest
    };
    name.split(['-', '_']).map(upper).collect()
}

/// `half-up` as `HALF_UP`.
pub fn shouting(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// A sentence: first letter large, a full stop at the end.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// The Rust type of an enumeration. Roundings and saturations have a type of their own in the
/// numeric contract; here they are codes.
pub(super) fn enum_type(name: &str) -> String {
    match name {
        "rounding" | "saturation" => camel(name) + "Code",
        _ => camel(name),
    }
}
