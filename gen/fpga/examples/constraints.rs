//! Writes `constraints/` from `fpga/`: `cargo run -p bitladder-fpga --example constraints`.

use std::path::Path;

use anyhow::Result;
use bitladder_fpga::{Board, constraint_file};

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for entry in std::fs::read_dir(root.join("fpga"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let board = Board::read(&path)?;
            let name = format!("{}.{}", board.name, board.fpga.device.family.constraints());
            std::fs::write(root.join("constraints").join(name), constraint_file(&board))?;
        }
    }
    Ok(())
}
