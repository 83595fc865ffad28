//! The signal map: a TOML file that says which names belong together and what they mean.

use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

use crate::policy::XPolicy;

/// Version of the map format that this crate reads.
pub const MAP_VERSION: u32 = 1;

/// A map file that cannot be used.
#[derive(Debug, Error)]
pub enum MapError {
    /// The file could not be read.
    #[error("{file}: cannot read: {source}")]
    Io {
        /// The map file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no valid map.
    #[error("{file}: {message}")]
    Syntax {
        /// The map file.
        file: String,
        /// Line, column and reason.
        message: String,
    },
    /// The map is of another version.
    #[error("{file}: version {found} of the map format; this program reads version {MAP_VERSION}")]
    Version {
        /// The map file.
        file: String,
        /// What it says.
        found: u32,
    },
    /// A regular expression is wrong.
    #[error("rename from '{pattern}': {message}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// A bit range is wrong.
    #[error("signal '{signal}', field '{field}': bits '{bits}' are not HIGH:LOW")]
    Bits {
        /// The signal's golden name.
        signal: String,
        /// The field's name.
        field: String,
        /// What stands there.
        bits: String,
    },
    /// Two entries name the same signal.
    #[error("{side} '{name}' has two [[signal]] entries")]
    Twice {
        /// `golden` or `dut`.
        side: &'static str,
        /// The name.
        name: String,
    },
}

/// The whole map; every part may be missing but the version.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalMap {
    /// Version of the format, [`MAP_VERSION`].
    pub version: u32,
    /// How unknown bits compare, unless the command line says it.
    pub x: Option<XPolicy>,
    /// Defaults for the golden trace.
    #[serde(default)]
    pub golden: MapSide,
    /// Defaults for the other trace.
    #[serde(default)]
    pub dut: MapSide,
    /// Rules that turn names of the other trace into golden names.
    #[serde(default, rename = "rename")]
    pub renames: Vec<Rename>,
    /// Signals with another name or with a meaning.
    #[serde(default, rename = "signal")]
    pub signals: Vec<MapSignal>,
    /// Streams to compare transaction by transaction.
    #[serde(default, rename = "stream")]
    pub streams: Vec<MapStream>,
}

/// Defaults for one trace; options on the command line win.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSide {
    /// Scopes that are stripped from all names; names elsewhere are left out.
    pub prefix: Option<String>,
    /// The clock.
    pub clock: Option<String>,
}

/// A rule that renames by regular expression.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// What to look for in names of the other trace, after its prefix is stripped.
    pub from: String,
    /// What to put there, with `$1` for groups.
    pub to: String,
}

/// One signal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSignal {
    /// Name in the golden trace, after its prefix is stripped.
    pub golden: String,
    /// Name in the other trace, if it differs.
    pub dut: Option<String>,
    /// Layer that it belongs to.
    pub layer: Option<Source>,
    /// Tile that it belongs to.
    pub tile: Option<Source>,
    /// Lane that it belongs to.
    pub lane: Option<Source>,
    /// Anything else to show with a mismatch.
    pub note: Option<String>,
    /// Bit fields inside.
    #[serde(default, rename = "field")]
    pub fields: Vec<MapField>,
}

/// Where an annotation comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// Fixed number.
    Number(i64),
    /// Fixed text.
    Text(String),
    /// Value of a golden signal at the mismatch.
    Signal {
        /// Name of the signal in the golden trace.
        signal: String,
        /// Texts for the values 0, 1, 2...
        #[serde(default)]
        labels: Vec<String>,
    },
}

/// A bit field of a signal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapField {
    /// Its name.
    pub name: String,
    /// Its bits, `HIGH:LOW` or a single number, where 0 is the rightmost bit.
    pub bits: String,
    /// Lane that it belongs to.
    pub lane: Option<i64>,
    /// Whether the value is two's complement.
    #[serde(default)]
    pub signed: bool,
}

/// A stream of transactions: those clock edges at which valid and ready are 1.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapStream {
    /// Its name in reports.
    pub name: String,
    /// Clock, if it is not the default.
    pub clock: Option<String>,
    /// Valid signal; `-` if every cycle is a transaction.
    pub valid: Option<String>,
    /// Ready signal; none or `-` if there is no back pressure.
    pub ready: Option<String>,
    /// Golden names of what is compared.
    pub payload: Vec<String>,
    /// What differs in the golden trace.
    #[serde(default)]
    pub golden: Handshake,
    /// What differs in the other trace.
    #[serde(default)]
    pub dut: Handshake,
}

/// Names of a stream's control signals in one trace.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// Clock.
    pub clock: Option<String>,
    /// Valid signal, or `-`.
    pub valid: Option<String>,
    /// Ready signal, or `-`.
    pub ready: Option<String>,
}

impl SignalMap {
    /// Reads a map file.
    pub fn load(path: &Path) -> Result<Self, MapError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| MapError::Io { file: file.clone(), source })?;
        Self::parse(&text, &file)
    }

    /// Reads the text of a map; `file` is for messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, MapError> {
        let map: Self = toml::from_str(text).map_err(|error| MapError::Syntax {
            file: file.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        if map.version != MAP_VERSION {
            return Err(MapError::Version { file: file.to_owned(), found: map.version });
        }
        map.check_names()?;
        for signal in &map.signals {
            for field in &signal.fields {
                field.range(&signal.golden)?;
            }
        }
        Ok(map)
    }

    fn check_names(&self) -> Result<(), MapError> {
        let golden = self.signals.iter().map(|signal| ("golden", signal.golden.as_str()));
        let dut = self.signals.iter().filter_map(|signal| Some(("dut", signal.dut.as_deref()?)));
        let mut seen = std::collections::HashSet::new();
        for (side, name) in golden.chain(dut) {
            if !seen.insert((side, name)) {
                return Err(MapError::Twice { side, name: name.to_owned() });
            }
        }
        Ok(())
    }
}

impl MapField {
    /// Highest and lowest bit.
    pub(crate) fn range(&self, signal: &str) -> Result<(usize, usize), MapError> {
        let (high, low) = self.bits.split_once(':').unwrap_or((&self.bits, &self.bits));
        match (high.trim().parse::<usize>(), low.trim().parse::<usize>()) {
            (Ok(high), Ok(low)) if high >= low => Ok((high, low)),
            _ => Err(MapError::Bits {
                signal: signal.to_owned(),
                field: self.name.clone(),
                bits: self.bits.clone(),
            }),
        }
    }
}
