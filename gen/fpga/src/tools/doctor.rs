//! Which tools are there.

use std::fmt;

use super::{Found, Tool, ToolError, Toolbox};
use crate::device::Family;

/// What was found of a tool.
#[derive(Debug)]
pub struct Finding {
    /// The tool.
    pub tool: Tool,
    /// The program and its version, or what to do.
    pub result: Result<Found, ToolError>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(found) => {
                let version = found.version.as_deref().unwrap_or("version unknown");
                write!(f, "{}: {version}, {}", self.tool, found.program.display())
            }
            Err(error) => write!(f, "{}: {error}", self.tool),
        }
    }
}

/// Looks for all tools; Yosys as the most demanding family needs it.
pub fn doctor(toolbox: &Toolbox) -> Vec<Finding> {
    let finding = |tool: Tool| {
        let families = [Family::Ecp5, Family::Ice40, Family::Gowin];
        let oldest = families.into_iter().map(|family| tool.oldest(family)).max();
        let result = toolbox.find(tool, oldest.unwrap_or(super::Version(0, 0)));
        Finding { tool, result }
    };
    Tool::ALL.into_iter().map(finding).collect()
}
