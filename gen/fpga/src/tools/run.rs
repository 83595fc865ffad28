//! One run of a tool: in a folder, with a log, and with a time limit.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Found, ToolError};

/// How often a running tool is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// A tool with its arguments.
#[derive(Debug)]
pub struct Run<'a> {
    found: &'a Found,
    limit: Duration,
    arguments: Vec<OsString>,
}

impl<'a> Run<'a> {
    /// A run without arguments that is stopped after `limit`.
    pub fn new(found: &'a Found, limit: Duration) -> Run<'a> {
        Run { found, limit, arguments: Vec::new() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Run<'a> {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<T: Into<OsString>>(mut self, some: impl IntoIterator<Item = T>) -> Run<'a> {
        self.arguments.extend(some.into_iter().map(Into::into));
        self
    }

    /// Runs in a folder; all that the tool says goes to the file `log` there.
    pub fn run(&self, folder: &Path, log: &str) -> Result<(), ToolError> {
        let log = folder.join(log);
        let file = |source| ToolError::File { file: log.clone(), source };
        let out = File::create(&log).map_err(file)?;
        let also = out.try_clone().map_err(file)?;
        let mut child = Command::new(&self.found.program)
            .args(&self.arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(also)
            .spawn()
            .map_err(|source| ToolError::Start { program: self.found.program.clone(), source })?;
        self.wait(&mut child, &log)
    }

    fn wait(&self, child: &mut Child, log: &Path) -> Result<(), ToolError> {
        let tool = self.found.tool;
        let start = Instant::now();
        let file = |source| ToolError::File { file: log.to_owned(), source };
        loop {
            match child.try_wait().map_err(file)? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    let text = std::fs::read(log).map_err(file)?;
                    let said = error_line(&String::from_utf8_lossy(&text))
                        .unwrap_or_else(|| format!("ended with {status} and said nothing"));
                    return Err(ToolError::Failed { tool, said, log: log.to_owned() });
                }
                None if start.elapsed() >= self.limit => {
                    child.kill().map_err(file)?;
                    child.wait().map_err(file)?;
                    let (limit, log) = (self.limit, log.to_owned());
                    return Err(ToolError::Timeout { tool, limit, log });
                }
                None => std::thread::sleep(PAUSE),
            }
        }
    }

    /// Runs and gives what the tool said.
    pub(super) fn capture(&self) -> Result<String, ToolError> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("bitladder-{}-{count}.log", std::process::id());
        let folder = std::env::temp_dir();
        let log: PathBuf = folder.join(&name);
        let ran = self.run(&folder, &name);
        let text = std::fs::read(&log);
        // A log left behind does no harm.
        let _ = std::fs::remove_file(&log);
        ran?;
        let text = text.map_err(|source| ToolError::File { file: log, source })?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// The line that says what went wrong: the first that begins with `ERROR`, else the last one.
fn error_line(text: &str) -> Option<String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().find(|line| line.starts_with("ERROR") || line.contains(": ERROR:"));
    error.or_else(|| lines().next_back()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Tool;

    fn shell() -> Found {
        Found { tool: Tool::Yosys, program: "/bin/sh".into(), version: None }
    }

    fn run(script: &str, limit: Duration) -> (Result<(), ToolError>, Duration) {
        let (shell, folder) = (shell(), tempfile::tempdir().unwrap());
        let start = Instant::now();
        let result = Run::new(&shell, limit).arguments(["-c", script]).run(folder.path(), "log");
        (result, start.elapsed())
    }

    #[test]
    fn an_error_is_reported_with_the_tools_own_line() {
        let script = "echo one; echo 'ERROR: no such cell' >&2; echo two; exit 1";
        let (result, _) = run(script, Duration::from_secs(60));
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with("yosys: ERROR: no such cell (its log: "), "{text}");
        let (result, _) = run("echo last words; echo; exit 3", Duration::from_secs(60));
        assert!(result.unwrap_err().to_string().starts_with("yosys: last words (its log: "));
        let (result, _) = run("exit 3", Duration::from_secs(60));
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with("yosys: ended with exit status: 3 and said nothing"), "{text}");
    }

    #[test]
    fn a_run_that_does_not_end_is_stopped() {
        let (result, took) = run("exec sleep 600", Duration::from_millis(200));
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with("yosys was stopped after 0 s; make the design smaller"), "{text}");
        assert!(took < Duration::from_secs(300), "{took:?}");
    }

    #[test]
    fn what_a_tool_says_can_be_read() {
        let shell = shell();
        let run = Run::new(&shell, Duration::from_secs(60)).arguments(["-c", "echo hello"]);
        assert_eq!(run.capture().unwrap(), "hello\n");
    }
}
