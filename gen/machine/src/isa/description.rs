//! `isa.toml` as data.

use serde::Deserialize;
use thiserror::Error;

/// Everything `isa.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of the instruction set.
    pub version: u32,
    /// Values that have names.
    pub enumeration: Vec<Enumeration>,
    /// A layer's descriptor.
    pub descriptor: Layout,
    /// An entry of parameter memory.
    pub parameter: Layout,
    /// An entry of the decision table.
    pub decision: Layout,
    /// Registers of the host link.
    pub register: Vec<Register>,
    /// Memories the host reaches.
    pub memory: Vec<Memory>,
    /// Error codes of the status register.
    pub error: Vec<ErrorCode>,
}

/// A field whose values have names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enumeration {
    /// Its name, as in `kind` of a field.
    pub name: String,
    /// What it chooses.
    pub doc: String,
    /// Its values.
    pub items: Vec<Item>,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its code.
    pub value: u32,
    /// What it means.
    pub doc: String,
}

/// Fields side by side in 32-bit words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Number of words.
    pub words: u32,
    /// The fields.
    pub fields: Vec<Field>,
}

/// A field of a [`Layout`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The word its lowest bit is in.
    pub word: u32,
    /// Its lowest bit in that word.
    pub bit: u32,
    /// Its width; it may reach into the next word.
    pub width: u32,
    /// Whether it is two's complement.
    #[serde(default)]
    pub signed: bool,
    /// The enumeration its values come from.
    pub kind: Option<String>,
    /// Initials of the operations that use it.
    #[serde(default)]
    pub uses: String,
    /// What it means.
    pub doc: String,
}

/// A register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Its name.
    pub name: String,
    /// Its byte address.
    pub address: u32,
    /// `r`, `rw` or `w1`.
    pub access: String,
    /// What it holds.
    pub doc: String,
    /// Its parts, where it has some.
    #[serde(default)]
    pub bits: Vec<Bits>,
}

/// A part of a register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// Its name.
    pub name: String,
    /// Its lowest bit.
    pub bit: u32,
    /// Its width.
    pub width: u32,
    /// What it means.
    pub doc: String,
}

/// A memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Its name.
    pub name: String,
    /// Its code in `window_select`.
    pub code: u32,
    /// Bits per word.
    pub width: u32,
    /// What lies in it.
    pub doc: String,
}

/// An error code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    /// Its name.
    pub name: String,
    /// The code.
    pub code: u32,
    /// What happened.
    pub doc: String,
}

/// A description that contradicts itself.
#[derive(Debug, Error)]
pub enum DescriptionError {
    /// Not TOML, or an unknown or missing key.
    #[error("isa.toml: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A field outside its layout, or a flag with a sign.
    #[error("isa.toml: field `{field}` does not fit {words} words: give it other bits")]
    Place {
        /// The field.
        field: String,
        /// Words of its layout.
        words: u32,
    },
    /// Two fields that share a bit.
    #[error("isa.toml: fields `{first}` and `{second}` overlap: give one of them other bits")]
    Overlap {
        /// One field.
        first: String,
        /// The other.
        second: String,
    },
    /// A field of an unknown enumeration, or one too narrow for it.
    #[error(
        "isa.toml: field `{field}` cannot hold the enumeration `{kind}`: name another or widen it"
    )]
    Kind {
        /// The field.
        field: String,
        /// The enumeration it names.
        kind: String,
    },
}

impl Description {
    /// Reads and checks a description.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        let description: Self = toml::from_str(text)?;
        for layout in [&description.descriptor, &description.parameter, &description.decision] {
            layout.check()?;
            layout.fields.iter().try_for_each(|field| description.check_kind(field))?;
        }
        Ok(description)
    }

    /// The description this crate was built from.
    pub fn built_in() -> Result<Self, DescriptionError> {
        Self::parse(include_str!("../../isa.toml"))
    }

    /// An enumeration by name.
    pub fn enumeration(&self, name: &str) -> Option<&Enumeration> {
        self.enumeration.iter().find(|enumeration| enumeration.name == name)
    }

    fn check_kind(&self, field: &Field) -> Result<(), DescriptionError> {
        let Some(kind) = &field.kind else { return Ok(()) };
        let fits = |e: &Enumeration| e.items.iter().all(|i| u64::from(i.value) >> field.width == 0);
        if self.enumeration(kind).is_some_and(fits) {
            return Ok(());
        }
        Err(DescriptionError::Kind { field: field.name.clone(), kind: kind.clone() })
    }
}

impl Layout {
    fn check(&self) -> Result<(), DescriptionError> {
        let mut taken: Vec<Option<&str>> = vec![None; self.words as usize * 32];
        for field in &self.fields {
            let start = (field.word * 32 + field.bit) as usize;
            let place = taken.get_mut(start..start + field.width as usize);
            let fits = (1..=62).contains(&field.width) && field.bit < 32;
            let Some(bits) = place.filter(|_| fits) else {
                let field = field.name.clone();
                return Err(DescriptionError::Place { field, words: self.words });
            };
            for bit in bits {
                if let Some(first) = bit.replace(&field.name) {
                    let (first, second) = (first.to_owned(), field.name.clone());
                    return Err(DescriptionError::Overlap { first, second });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(from: &str, to: &str) -> String {
        let text = include_str!("../../isa.toml");
        assert!(text.contains(from), "{from}");
        Description::parse(&text.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn the_description_holds_together() {
        let description = Description::built_in().unwrap();
        let mut addresses: Vec<u32> = description.register.iter().map(|r| r.address).collect();
        addresses.dedup();
        assert_eq!(addresses.len(), description.register.len(), "one address per register");
        assert!(addresses.is_sorted() && addresses.iter().all(|a| a % 4 == 0));
    }

    #[test]
    fn contradictions_are_refused() {
        let text =
            changed("name = \"mode\", word = 0, bit = 4", "name = \"mode\", word = 0, bit = 3");
        assert_eq!(
            text,
            "isa.toml: fields `operation` and `mode` overlap: give one of them other bits"
        );
        let text = changed("name = \"watchdog\", word = 38", "name = \"watchdog\", word = 41");
        assert_eq!(text, "isa.toml: field `watchdog` does not fit 41 words: give it other bits");
        let text = changed("kind = \"rounding\"", "kind = \"roundings\"");
        assert_eq!(
            text,
            "isa.toml: field `rounding` cannot hold the enumeration `roundings`: name another or \
             widen it"
        );
        let text = changed("version = 2", "version = 2\nrevision = 2");
        assert!(text.contains("unknown field `revision`"), "{text}");
    }
}
