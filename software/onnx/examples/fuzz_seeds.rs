//! Writes one small model of each kind into a folder, as a start for fuzzing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "shares the builders of the tests")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/seeds.rs"]
mod seeds;

use std::path::PathBuf;

use bitladder_onnx_proto::Message;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| std::io::Error::other("usage: fuzz_seeds <folder>"))?;
    std::fs::create_dir_all(&folder)?;
    for (number, seed) in seeds::seeds().iter().enumerate() {
        std::fs::write(folder.join(format!("seed{number}.onnx")), seed.encode_to_vec())?;
    }
    Ok(())
}
