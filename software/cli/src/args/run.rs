//! Arguments of `bitladder run`.

use std::path::PathBuf;

use clap::Args;

use super::{DATA, PartArg};

#[derive(Debug, Args)]
#[command(after_help = format!("Devices: sim:golden, sim:rust, sim:verilator, \
    uart:/dev/ttyUSB0?baud=3000000, pcie:0000:01:00.0 (docs/host.md has their options).\n\n\
    {DATA}\n\nExamples:\n  \
    bitladder run --device sim:rust -c sim-4x4 digits.blp models/data/digits8x8 --limit 8\n  \
    bitladder run --device uart:/dev/ttyUSB0 -c ecp5-25 digits.blp photos/ --ladder --clock 40\n  \
    bitladder run --device 'pcie:0000:01:00.0?config=card.toml' digits.blp test.npy -p 8 --json"))]
pub(crate) struct DeviceRunArgs {
    /// The package
    pub(crate) package: PathBuf,
    /// Images; with labels, accuracy is counted
    pub(crate) images: PathBuf,
    /// The device by its URL
    #[arg(long, short, value_name = "URL")]
    pub(crate) device: String,
    /// The machine, by name or by its file; the URL may say it too, as `config=FILE`
    #[arg(long, short)]
    pub(crate) config: Option<String>,
    /// Which part of the images
    #[arg(long, value_enum, default_value_t = PartArg::Test)]
    pub(crate) part: PartArg,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<std::num::NonZeroUsize>,
    /// Images that are run together
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) batch: std::num::NonZeroUsize,
    /// Which precision; the best by default
    #[arg(long, short, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Begin in the cheapest precision, and run doubtful images again in better ones
    #[arg(long, conflicts_with = "profile")]
    pub(crate) ladder: bool,
    /// Another margin below which images of a precision are doubtful, in its integers
    #[arg(long, value_name = "NAME=MARGIN", value_delimiter = ',', value_parser = margin,
          requires = "ladder")]
    pub(crate) margin: Vec<(String, u64)>,
    /// The machine's clock, one of its `levels_mhz`; the fastest by default
    #[arg(long, value_name = "MHZ")]
    pub(crate) clock: Option<u32>,
    /// Only the sums, no line per image
    #[arg(long)]
    pub(crate) summary: bool,
}

fn margin(text: &str) -> Result<(String, u64), String> {
    let (name, margin) = text.split_once('=').ok_or("write NAME=MARGIN")?;
    let margin = margin.parse().map_err(|_| format!("`{margin}` is no whole number"))?;
    Ok((name.to_owned(), margin))
}
