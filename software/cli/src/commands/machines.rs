//! The named machines, and files with others.

use std::path::Path;

use anyhow::{Context, bail};
use bitladder_machine::MachineConfig;

macro_rules! named {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../data/configs/", $name, ".toml")))),*]
    };
}

/// Configurations of the repository, carried along so that they are there wherever this runs.
const NAMED: &[(&str, &str)] = named![
    "up5k-tiny",
    "up5k-int8",
    "hx8k-small",
    "ecp5-25",
    "ecp5-85",
    "ecp5-85-fast",
    "gw2a-18",
    "sim-4x4"
];

/// Names for help texts.
pub(crate) fn names() -> String {
    NAMED.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// A machine by its name or by the path of its file.
pub(crate) fn find(wanted: &str) -> anyhow::Result<MachineConfig> {
    if let Some((name, text)) = NAMED.iter().find(|(name, _)| *name == wanted) {
        return Ok(MachineConfig::parse(&format!("{name}.toml"), text)?);
    }
    let path = Path::new(wanted);
    if !path.exists() {
        bail!("no machine is called `{wanted}` and there is no such file; named are {}", names());
    }
    MachineConfig::read(path).context("the machine's configuration cannot be used")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_machine_is_what_its_name_says() -> anyhow::Result<()> {
        for (name, _) in NAMED {
            assert_eq!(find(name)?.name, *name);
        }
        Ok(())
    }

    #[test]
    fn unknown_machines_are_refused_with_the_names_there_are() {
        let message = find("ecp5-99").map(drop).unwrap_err().to_string();
        assert!(message.contains("`ecp5-99`") && message.contains("ecp5-85"), "{message}");
    }
}
