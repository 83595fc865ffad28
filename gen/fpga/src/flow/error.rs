//! What can go wrong between Verilog and bitstream.

use std::path::PathBuf;

use thiserror::Error;

use crate::board::BindError;
use crate::report::{ReportError, Resource};
use crate::tools::ToolError;

/// A build that failed.
#[derive(Debug, Error)]
pub enum FlowError {
    /// The design does not fit the board's pins.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A tool is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// Place and route or the packer failed.
    #[error("{source}; {advice}")]
    Layout {
        /// What the tool said.
        source: ToolError,
        /// What to change.
        advice: &'static str,
    },
    /// A tool's report cannot be read.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A multiplier or memory became something else than intended.
    #[error("`{top}` has {found} {resource}, {expected} were intended ({modules}); {advice}")]
    Mapping {
        /// The design.
        top: String,
        /// What is counted.
        resource: Resource,
        /// What was intended.
        expected: u64,
        /// What synthesis made.
        found: u64,
        /// The modules that have them.
        modules: String,
        /// What to change.
        advice: &'static str,
    },
    /// More than the device has.
    #[error("`{top}` needs {used} {resource}, {device} has {available} ({modules}); {advice}")]
    Size {
        /// The design.
        top: String,
        /// The device.
        device: &'static str,
        /// What there is not enough of.
        resource: Resource,
        /// What is needed.
        used: u64,
        /// What there is.
        available: u64,
        /// The modules that have most of them.
        modules: String,
        /// What to change.
        advice: &'static str,
    },
    /// No seed to place with.
    #[error("no seeds: give at least one")]
    NoSeeds,
    /// A frequency that makes no sense.
    #[error("the target is {mhz} MHz; allowed is 1 to 1000")]
    Target {
        /// The frequency.
        mhz: f64,
    },
    /// A file that cannot be written or read.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A page or script that cannot be rendered.
    #[error("a template: {0}")]
    Template(#[from] tera::Error),
}

impl FlowError {
    /// Adds advice to what place and route or the packer said.
    pub(super) fn layout(source: ToolError) -> FlowError {
        let ToolError::Failed { said, .. } = &source else { return FlowError::Tool(source) };
        const PINS: &str = "check `package` and the pins in the board's file";
        const SEEDS: &str = "try other seeds, or leave more of the device free";
        const KNOWN: [(&str, &str); 8] = [
            ("no BELs remaining", "take a larger device, or fewer lanes or memories"),
            ("Unable to find a placement", "take a larger device, or fewer lanes"),
            ("ailed to route", SEEDS),
            ("Routing design failed", SEEDS),
            ("conflicting settings", "correct `as_gpio` in the board's file"),
            ("does not exist for package", PINS),
            ("package does not have a pin", PINS),
            ("not found (pin#", PINS),
        ];
        let known = KNOWN.iter().find(|(words, _)| said.contains(words));
        let advice = known.map_or("its log has the details", |(_, advice)| advice);
        FlowError::Layout { source, advice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Tool;

    #[test]
    fn what_the_tools_say_comes_with_advice() {
        let text = |said: &str| {
            let (tool, log) = (Tool::NextpnrIce40, PathBuf::from("logs/x"));
            FlowError::layout(ToolError::Failed { tool, said: said.to_owned(), log }).to_string()
        };
        assert_eq!(
            text("ERROR: Unable to place cell 'm', no BELs remaining to implement cell type 'DSP'"),
            "nextpnr-ice40: ERROR: Unable to place cell 'm', no BELs remaining to implement cell \
             type 'DSP' (its log: logs/x); take a larger device, or fewer lanes or memories"
        );
        assert!(text("ERROR: Failed to route arc").ends_with("leave more of the device free"));
        assert!(text("ERROR: Routing design failed.").ends_with("leave more of the device free"));
        assert!(text("strange words").ends_with("(its log: logs/x); its log has the details"));
        let missing = FlowError::layout(ToolError::Missing { tool: Tool::Icepack }).to_string();
        assert!(missing.starts_with("`icepack` is missing"), "{missing}");
    }
}
