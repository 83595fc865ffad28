//! What is measured already, on disk, so that an interrupted study can go on.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::Answers;
use crate::StudyError;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    fingerprint: String,
    answers: Vec<Answers>,
}

/// The widths measured so far, and the file they are kept in.
#[derive(Debug)]
pub(super) struct State {
    file: Option<PathBuf>,
    kept: Kept,
}

impl State {
    /// Reads the file if there is one; refuses that of another study.
    pub(super) fn open(file: Option<&Path>, fingerprint: &str) -> Result<Self, StudyError> {
        let empty = Kept { fingerprint: fingerprint.to_owned(), answers: Vec::new() };
        let Some(path) = file else { return Ok(Self { file: None, kept: empty }) };
        let kept = match std::fs::read(path) {
            Ok(bytes) => parse(path, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => empty,
            Err(source) => {
                return Err(StudyError::Files { path: path.into(), doing: "read", source });
            }
        };
        if kept.fingerprint != fingerprint {
            return Err(StudyError::OtherState { path: path.into() });
        }
        Ok(Self { file: Some(path.into()), kept })
    }

    /// A width's answers if they are known, for these numbers of images.
    pub(super) fn find(&self, width: &str, images: [usize; 3]) -> Option<&Answers> {
        let fits = |answers: &&Answers| {
            answers.width == width && answers.sets.each_ref().map(Vec::len) == images
        };
        self.kept.answers.iter().find(fits)
    }

    /// Adds a width; an interrupted write leaves the old file.
    pub(super) fn add(&mut self, answers: Answers) -> Result<(), StudyError> {
        self.kept.answers.push(answers);
        let Some(path) = &self.file else { return Ok(()) };
        let failed = |source| StudyError::Files { path: path.clone(), doing: "written", source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        serde_json::to_writer(std::io::BufWriter::new(&mut file), &self.kept)
            .map_err(|error| failed(error.into()))?;
        file.flush().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Kept, StudyError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StudyError::BrokenState { path: path.into(), what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        Answers { width: "8".into(), step: 0.5, ..Answers::default() }
    }

    #[test]
    fn what_was_measured_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut state = State::open(Some(&path), "a").unwrap();
        assert_eq!(state.find("8", [0; 3]), None);
        state.add(answers()).unwrap();
        let again = State::open(Some(&path), "a").unwrap();
        assert_eq!(again.find("8", [0; 3]), Some(&answers()));
        assert_eq!(again.find("8", [1, 0, 0]), None, "another number of images");
    }

    #[test]
    fn files_of_other_studies_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        State::open(Some(&path), "a").unwrap().add(answers()).unwrap();
        let message = State::open(Some(&path), "b").unwrap_err().to_string();
        assert!(message.contains("state.json: belongs to another model"), "{message}");
        std::fs::write(&path, "{").unwrap();
        let message = State::open(Some(&path), "a").unwrap_err().to_string();
        assert!(message.contains("is no state of a study"), "{message}");
    }
}
