//! What can be wrong with a module's configuration.

use bitladder_rtl::Errors;
use thiserror::Error;

/// A hardware module that cannot be built as configured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BlockError {
    /// A number outside what the module supports.
    #[error("`{key}` = {value} is out of range: {allowed}")]
    Range {
        /// The configuration key, with its module: `lane.accumulator_bits`.
        key: &'static str,
        /// The value given.
        value: i64,
        /// The values that work, in words.
        allowed: String,
    },
    /// Two keys that contradict each other.
    #[error("`{key}` = {value} does not go with `{other}` = {other_value}: {remedy}")]
    Conflict {
        /// The configuration key.
        key: &'static str,
        /// Its value.
        value: String,
        /// The key it contradicts.
        other: &'static str,
        /// That key's value.
        other_value: String,
        /// What to change.
        remedy: &'static str,
    },
    /// The description layer rejected the module: a mistake of this crate.
    #[error("the module's description is wrong; please report this: {0}")]
    Description(#[from] Errors),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_key_the_value_and_the_remedy() {
        let range = BlockError::Range { key: "lane.x", value: -1, allowed: "1 to 4".into() };
        assert_eq!(range.to_string(), "`lane.x` = -1 is out of range: 1 to 4");
        let conflict = BlockError::Conflict {
            key: "lane.a",
            value: "wide".into(),
            other: "lane.b",
            other_value: "narrow".into(),
            remedy: "choose one",
        };
        let text = conflict.to_string();
        assert_eq!(text, "`lane.a` = wide does not go with `lane.b` = narrow: choose one");
    }
}
