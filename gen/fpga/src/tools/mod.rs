//! The open FPGA tools: which there are, where they are found, how they are run.
//!
//! A tool is taken from `PATH` (its own name, then that of its YoWASP build), else from the
//! environment that [`install`] makes: WebAssembly builds from PyPI, their versions pinned. Those
//! see only what lies below the folder they run in, so all paths given to tools are relative.

mod doctor;
mod error;
mod install;
mod run;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use doctor::{Finding, doctor};
pub use error::ToolError;
pub use install::{environment, install};
pub use run::Run;

use crate::device::Family;

/// A tool of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// Synthesis.
    Yosys,
    /// Place and route for ECP5.
    NextpnrEcp5,
    /// Place and route for iCE40.
    NextpnrIce40,
    /// Place and route for Gowin.
    NextpnrGowin,
    /// Bitstreams for ECP5.
    Ecppack,
    /// Bitstreams for iCE40.
    Icepack,
    /// Bitstreams for Gowin.
    GowinPack,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 7] = [
        Tool::Yosys,
        Tool::NextpnrEcp5,
        Tool::Ecppack,
        Tool::NextpnrIce40,
        Tool::Icepack,
        Tool::NextpnrGowin,
        Tool::GowinPack,
    ];

    /// The name of the program.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Yosys => "yosys",
            Tool::NextpnrEcp5 => "nextpnr-ecp5",
            Tool::NextpnrIce40 => "nextpnr-ice40",
            Tool::NextpnrGowin => "nextpnr-himbaechel-gowin",
            Tool::Ecppack => "ecppack",
            Tool::Icepack => "icepack",
            Tool::GowinPack => "gowin_pack",
        }
    }

    /// Place and route of a family.
    pub fn router(family: Family) -> Tool {
        match family {
            Family::Ecp5 => Tool::NextpnrEcp5,
            Family::Ice40 => Tool::NextpnrIce40,
            Family::Gowin => Tool::NextpnrGowin,
        }
    }

    /// The packer of a family.
    pub fn packer(family: Family) -> Tool {
        match family {
            Family::Ecp5 => Tool::Ecppack,
            Family::Ice40 => Tool::Icepack,
            Family::Gowin => Tool::GowinPack,
        }
    }

    /// The oldest version that works for a family.
    pub fn oldest(self, family: Family) -> Version {
        match (self, family) {
            // Older ones know neither the multipliers nor the GW5A.
            (Tool::Yosys, Family::Gowin) => Version(0, 45),
            (Tool::Yosys, _) => Version(0, 23),
            (Tool::NextpnrIce40, _) => Version(0, 4),
            (Tool::NextpnrEcp5, _) => Version(0, 6),
            (Tool::NextpnrGowin, _) => Version(0, 9),
            (Tool::Ecppack | Tool::Icepack | Tool::GowinPack, _) => Version(0, 0),
        }
    }

    /// How it says its version, if it can.
    fn version_option(self) -> Option<&'static str> {
        match self {
            Tool::Yosys => Some("-V"),
            Tool::NextpnrEcp5 | Tool::NextpnrIce40 | Tool::NextpnrGowin => Some("--version"),
            Tool::Ecppack | Tool::Icepack | Tool::GowinPack => None,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Major and minor version of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// Finds the first `number.number` of a text.
    pub fn find(text: &str) -> Option<Version> {
        let mut words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
        words.find_map(|word| {
            let mut numbers = word.split('.').map(str::parse);
            Some(Version(numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A tool that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub tool: Tool,
    /// The program.
    pub program: PathBuf,
    /// What it says when asked for its version; tools that say nothing have none.
    pub version: Option<String>,
}

impl Found {
    /// The program without its folder: what reports and Makefiles say.
    pub fn command(&self) -> String {
        self.program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into())
    }
}

/// Where to look for tools.
#[derive(Debug, Clone)]
pub struct Toolbox {
    folders: Vec<PathBuf>,
}

/// A WebAssembly tool compiles itself in its first run.
const PROBE: Duration = Duration::from_secs(300);

impl Default for Toolbox {
    fn default() -> Toolbox {
        Toolbox::new()
    }
}

impl Toolbox {
    /// The folders of `PATH`, then the installed environment.
    pub fn new() -> Toolbox {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        folders.push(environment().join("bin"));
        Toolbox { folders }
    }

    /// These folders only.
    pub fn of(folders: Vec<PathBuf>) -> Toolbox {
        Toolbox { folders }
    }

    /// These folders first.
    #[must_use]
    pub fn before(mut self, folders: Vec<PathBuf>) -> Toolbox {
        self.folders.splice(0..0, folders);
        self
    }

    /// Finds a tool of at least a version.
    pub fn find(&self, tool: Tool, oldest: Version) -> Result<Found, ToolError> {
        let mut old = None;
        for program in self.candidates(tool) {
            let version = version(tool, &program)?;
            match version.as_deref().and_then(Version::find) {
                Some(number) if number < oldest => {
                    old.get_or_insert(ToolError::TooOld { tool, program, number, oldest });
                }
                _ => return Ok(Found { tool, program, version }),
            }
        }
        Err(old.unwrap_or(ToolError::Missing { tool }))
    }

    fn candidates(&self, tool: Tool) -> impl Iterator<Item = PathBuf> {
        let names = [tool.name().to_owned(), format!("yowasp-{tool}")];
        self.folders
            .iter()
            .flat_map(move |folder| names.clone().map(|name| folder.join(name)))
            .filter(|program| is_program(program))
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn version(tool: Tool, program: &Path) -> Result<Option<String>, ToolError> {
    let Some(option) = tool.version_option() else { return Ok(None) };
    let found = Found { tool, program: program.to_owned(), version: None };
    let text = Run::new(&found, PROBE).argument(option).capture()?;
    let said = text.lines().find(|line| Version::find(line).is_some()).map(str::trim);
    // `nextpnr-0.11.1` between quotes and brackets, `Yosys 0.70 (git sha1 ..., compiler ...)`.
    let short = said.map(|line| line.split(" (git").next().unwrap_or(line));
    let inner = short.map(|line| line.rsplit("(Version ").next().unwrap_or(line));
    Ok(inner.map(|line| line.trim_end_matches([')', '.']).to_owned()))
}
