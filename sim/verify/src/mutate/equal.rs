//! Whether a fault makes any difference at all: module and broken module compared by Yosys.
//!
//! Both are taken alone, with all inputs free: a module that is equal then is equal in every
//! machine. Registers of the same name are assumed equal before a clock edge, and proven equal
//! after it, together with all outputs. What Yosys does not prove, or not in time, stays undecided.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bitladder_fpga::tools::{Found, Run, Tool, ToolError};
use bitladder_rtl::mutate::Fault;
use bitladder_rtl::{Design, EmitError, EmitOptions, Errors, Module};
use thiserror::Error;

/// A comparison that could not be made.
#[derive(Debug, Error)]
pub enum EqualError {
    /// The module cannot be elaborated alone.
    #[error("the module `{module}` cannot be taken alone: {source}")]
    Elaborate {
        /// The module.
        module: String,
        /// Why.
        source: Errors,
    },
    /// Its Verilog cannot be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The machine has no such module.
    #[error("there is no module `{module}`")]
    Missing {
        /// The module.
        module: String,
    },
    /// A file cannot be written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Yosys cannot be started, or does not get as far as an answer.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// What Yosys found out about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Proven: it changes nothing.
    Same,
    /// No proof was found, as where it does change something.
    Unproven,
    /// No proof was found in time.
    OutOfTime,
}

/// One module becomes flat and of gates, and is put away under its side's name. Bits of registers
/// that never leave their first value go: a register that is one bit narrower has none there.
const SIDE: &str = "\
read_verilog -noopt @SIDE@.v
hierarchy -top @TOP@
proc
flatten
memory
simplemap
splitnets
opt_expr
opt_dff
dffunmap
opt_expr
opt_clean -purge
rename @TOP@ @SIDE@
design -stash @SIDE@
";

/// Then registers of both sides are paired by their names.
const COMPARE: &str = "\
design -copy-from gold -as gold gold
design -copy-from gate -as gate gate
equiv_make gold gate equal
hierarchy -top equal
opt_clean
equiv_simple -undef
equiv_induct -undef -seq 2
equiv_status -assert
";

fn script(top: &str) -> String {
    let side = |name: &str| SIDE.replace("@SIDE@", name).replace("@TOP@", top);
    [side("gold"), side("gate"), COMPARE.to_owned()].concat()
}

fn emit(module: &Arc<Module>, file: &Path) -> Result<String, EqualError> {
    let design = Design::elaborate(module)
        .map_err(|source| EqualError::Elaborate { module: module.name().to_owned(), source })?;
    let emitted = design.verilog(&EmitOptions::default())?;
    let top = emitted.top.clone();
    write(file, &emitted.single_file())?;
    Ok(top)
}

fn write(file: &Path, text: &str) -> Result<(), EqualError> {
    std::fs::write(file, text).map_err(|source| EqualError::File { file: file.to_owned(), source })
}

/// What `equiv_status` says of registers or outputs that it found no proof for.
const UNPROVEN: &str = "unproven $equiv cells";

/// Whether Yosys proves within a time that a fault changes nothing. Files go to a folder, which
/// must exist.
pub fn equal(
    fault: &Fault,
    top: &Arc<Module>,
    folder: &Path,
    limit: Duration,
) -> Result<Verdict, EqualError> {
    let name = fault.module().to_owned();
    let sound = top.find(&name).filter(|module| module.name() == name);
    let sound = sound.ok_or(EqualError::Missing { module: name })?;
    let top = emit(&sound, &folder.join("gold.v"))?;
    emit(&fault.apply(&sound), &folder.join("gate.v"))?;
    write(&folder.join("equal.ys"), &script(&top))?;
    let yosys = Found { tool: Tool::Yosys, program: "yosys".into(), version: None };
    match Run::new(&yosys, limit).arguments(["-q", "equal.ys"]).run(folder, "equal.log") {
        Ok(()) => Ok(Verdict::Same),
        Err(ToolError::Timeout { .. }) => Ok(Verdict::OutOfTime),
        Err(ToolError::Failed { said, .. }) if said.contains(UNPROVEN) => Ok(Verdict::Unproven),
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_rtl::mutate::{FaultKind, faults};
    use bitladder_rtl::{ModuleBuilder, sint, uint};

    const ENOUGH: Duration = Duration::from_secs(600);

    /// A register whose top bit nobody reads, one that is read, one that is never set, and a sign
    /// that is shifted out.
    fn module() -> Arc<Module> {
        let m = ModuleBuilder::new("parts");
        let clk = m.clock("clk", "clock");
        let a = m.input("a", sint(8), "number");
        let idle = m.pipe("idle_q", a.as_unsigned(), clk);
        m.drive(m.output("low", uint(4), "its low bits"), idle.bits(0, 4));
        let used = m.pipe("used_q", a.as_unsigned(), clk);
        m.drive(m.output("all", uint(8), "all bits"), used);
        let lost = a.sign_extend(12).shift_left(4);
        m.drive(m.output("shifted", sint(12), "shifted up"), lost);
        let (held, keep) = (m.reg("zero_q", uint(8), clk), m.input("keep", uint(1), "no"));
        let held = held.reset(m.input("rst", uint(1), "reset"), 0).enable(keep);
        held.next(m.input("small", uint(7), "less").zero_extend(8));
        m.drive(m.output("zero", uint(8), "its top bit is never set"), held.q);
        m.build().unwrap()
    }

    #[test]
    fn what_changes_nothing_is_told_from_what_does() {
        let (top, folder) = (module(), tempfile::tempdir().unwrap());
        let all = faults(&top);
        let of = |place: &str, kind| {
            let found = all.iter().find(|f| f.kind() == kind && f.place() == place).unwrap();
            equal(found, &top, folder.path(), ENOUGH).unwrap()
        };
        assert_eq!(of("idle_q", FaultKind::Width), Verdict::Same, "its top bit is not read");
        assert_eq!(of("used_q", FaultKind::Width), Verdict::Unproven, "its top bit is read");
        assert_eq!(of("shifted_o", FaultKind::Sign), Verdict::Same, "the sign is shifted out");
        assert_eq!(of("zero_q", FaultKind::Width), Verdict::Same, "its top bit is never set");
        let other = bitladder_rtl::ModuleBuilder::new("other").build().unwrap();
        let missing = equal(&all[0], &other, folder.path(), ENOUGH).unwrap_err().to_string();
        assert_eq!(missing, "there is no module `parts`");
    }

    #[test]
    fn a_comparison_that_takes_too_long_is_stopped() {
        let (top, folder) = (module(), tempfile::tempdir().unwrap());
        let verdict = equal(&faults(&top)[0], &top, folder.path(), Duration::ZERO).unwrap();
        assert_eq!(verdict, Verdict::OutOfTime);
    }
}
