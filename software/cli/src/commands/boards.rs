//! The boards of the repository, and files with others.

use std::path::Path;

use anyhow::bail;
use bitladder_fpga::Board;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../data/boards/", $name, ".toml")))),*]
    };
}

/// Boards of the repository, carried along so that they are there wherever this runs.
const SHIPPED: &[(&str, &str)] = shipped![
    "ulx3s-85f",
    "ulx3s-25f",
    "ulx3s-12f",
    "orangecrab-85f",
    "orangecrab-25f",
    "versa-ecp5",
    "hx8k-breakout",
    "icebreaker",
    "upduino-v3",
    "tang-nano-9k",
    "tang-nano-20k",
    "tang-primer-25k",
];

/// A board by its name or by the path of its file.
pub(crate) fn find(wanted: &str) -> anyhow::Result<Board> {
    if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == wanted) {
        return Ok(Board::parse(&format!("{name}.toml"), text)?);
    }
    if !Path::new(wanted).exists() {
        let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        bail!("no board is called `{wanted}` and there is no such file; shipped are {names}");
    }
    Ok(Board::read(wanted)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_board_is_what_its_name_says() -> anyhow::Result<()> {
        for (name, _) in SHIPPED {
            assert_eq!(find(name)?.name, *name);
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
        let toml =
            |entry: &std::fs::DirEntry| entry.path().extension().is_some_and(|e| e == "toml");
        let there = std::fs::read_dir(folder)?.filter_map(Result::ok).filter(toml).count();
        assert_eq!(SHIPPED.len(), there, "a board in fpga/ is not carried along");
        Ok(())
    }

    #[test]
    fn unknown_boards_are_refused_with_the_names_there_are() {
        let message = find("arty").map(drop).unwrap_err().to_string();
        assert!(message.contains("`arty`") && message.contains("ulx3s-85f"), "{message}");
    }
}
