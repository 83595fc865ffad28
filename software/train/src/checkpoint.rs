//! The state of a run in a file, whole or not at all.
//!
//! ```text
//! "BLTRAIN1" | length of the header, u32 | header, JSON | numbers, f32 | CRC-32 of all before
//! ```
//!
//! All numbers are little-endian. The file is written beside the old one and then takes its place,
//! so whoever is interrupted while writing leaves the old one.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::score::Score;
use crate::training::Grids;

const MAGIC: &[u8; 8] = b"BLTRAIN1";
const CHECKSUM: usize = 4;

/// A checkpoint that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be written or read.
    #[error("{}: cannot {doing} the checkpoint: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `write` or `read`.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{}: this is no checkpoint of bitladder-train", path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
    },
    /// The file has changed since it was written.
    #[error(
        "{}: the checkpoint is damaged ({what}); start the run anew, or restore the file",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The file belongs to another network.
    #[error("{}: the checkpoint belongs to network `{found}`, this run trains `{wanted}`", path.display())]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// The network it belongs to.
        found: String,
        /// The network of the run.
        wanted: String,
    },
}

/// What happened in one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Score on the training images, as changed at random, while the weights were changing.
    pub train: Score,
    /// Score on the validation images at the end.
    pub validation: Score,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Name of the network.
    pub network: String,
    /// Whole epochs done.
    pub epoch: usize,
    /// Steps done of the next one.
    pub step: usize,
    /// Score of those steps.
    pub score: Score,
    /// Steps the optimiser has taken.
    pub optimiser_steps: u64,
    /// Formats held for the epoch.
    pub grids: Option<Grids>,
    /// Finished epochs.
    pub history: Vec<EpochReport>,
    /// The epoch with the best validation score.
    pub best: Option<EpochReport>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    position: Position,
    /// Lengths of the model's, the optimiser's and the best model's tensors.
    lengths: [Vec<usize>; 3],
}

/// Position and numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Where the run stands.
    pub position: Position,
    /// The model's numbers.
    pub model: Vec<Vec<f32>>,
    /// The optimiser's memory.
    pub optimiser: Vec<Vec<f32>>,
    /// The best model's numbers; none before the first epoch's end.
    pub best: Vec<Vec<f32>>,
}

impl Checkpoint {
    /// Writes the file, in one step for whoever reads it.
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let failed =
            |source| CheckpointError::File { path: path.to_owned(), doing: "write", source };
        let groups = [&self.model, &self.optimiser, &self.best];
        let lengths = groups.map(|group| group.iter().map(Vec::len).collect());
        let header = Header { position: self.position.clone(), lengths };
        let header = serde_json::to_vec(&header).map_err(|error| failed(error.into()))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header);
        let numbers = groups.into_iter().flatten().flatten();
        numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        let beside = path.with_extension("new");
        std::fs::write(&beside, bytes).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::read(path).map_err(|source| CheckpointError::File {
            path: path.to_owned(),
            doing: "read",
            source,
        })?;
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(CheckpointError::NotOne { path: path.to_owned() });
        };
        parse(&bytes, rest).map_err(|what| CheckpointError::Damaged { path: path.to_owned(), what })
    }

    /// Refuses a checkpoint of another network or of other numbers than the model has.
    pub fn check(
        &self,
        path: &Path,
        network: &str,
        [model, optimiser]: [&[Vec<f32>]; 2],
    ) -> Result<(), CheckpointError> {
        let lengths = |group: &[Vec<f32>]| group.iter().map(Vec::len).collect::<Vec<_>>();
        let found = [&self.model, &self.optimiser].map(|group| lengths(group));
        if self.position.network != network || found != [lengths(model), lengths(optimiser)] {
            return Err(CheckpointError::OtherNetwork {
                path: path.to_owned(),
                found: self.position.network.clone(),
                wanted: network.to_owned(),
            });
        }
        Ok(())
    }
}

/// Takes a file apart; `rest` is what follows the magic number.
fn parse(bytes: &[u8], rest: &[u8]) -> Result<Checkpoint, String> {
    let cut = || "it ends too early".to_owned();
    let (contents, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(cut)?;
    if crc32fast::hash(contents) != u32::from_le_bytes(*checksum) {
        return Err("its checksum is wrong".to_owned());
    }
    let rest = &rest[..rest.len().checked_sub(CHECKSUM).ok_or_else(cut)?];
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (header, numbers) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header: Header =
        serde_json::from_slice(header).map_err(|error| format!("its header: {error}"))?;
    let (numbers, odd) = numbers.as_chunks::<4>();
    let total = header.lengths.iter().flatten().try_fold(0usize, |sum, n| sum.checked_add(*n));
    if !odd.is_empty() || total != Some(numbers.len()) {
        return Err(format!("it holds {} numbers, its header promises others", numbers.len()));
    }
    let mut numbers = numbers.iter().map(|number| f32::from_le_bytes(*number));
    let mut group = |lengths: &[usize]| -> Vec<Vec<f32>> {
        lengths.iter().map(|length| numbers.by_ref().take(*length).collect()).collect()
    };
    let [model, optimiser, best] = header.lengths.each_ref().map(|lengths| group(lengths));
    Ok(Checkpoint { position: header.position, model, optimiser, best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let score = Score { loss: 0.1 + 0.2, correct: 3, samples: 4 };
        let report = EpochReport { epoch: 1, train: score, validation: score };
        Checkpoint {
            position: Position {
                network: "net".into(),
                epoch: 1,
                step: 2,
                score,
                optimiser_steps: 7,
                grids: None,
                history: vec![report],
                best: Some(report),
            },
            model: vec![vec![1.0, f32::MIN_POSITIVE], vec![-0.0]],
            optimiser: vec![vec![], vec![0.1]],
            best: vec![vec![f32::MAX, 2.0], vec![3.0]],
        }
    }

    fn file() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.bin");
        checkpoint().write(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        (folder, path, bytes)
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let (folder, path, _) = file();
        assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside");
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let (_folder, path, bytes) = file();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0x20;
            std::fs::write(&path, &changed).unwrap();
            let message = Checkpoint::read(&path).unwrap_err().to_string();
            let wanted = if place < 8 { "no checkpoint" } else { "is damaged" };
            assert!(message.contains(wanted), "byte {place}: {message}");
        }
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(Checkpoint::read(&path).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn refusals_say_what_to_do() {
        let (_folder, path, bytes) = file();
        let message = || Checkpoint::read(&path).unwrap_err().to_string();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(
            message().ends_with(
                "the checkpoint is damaged (its checksum is wrong); start the run anew, or restore the file"
            ),
            "{}",
            message()
        );
        std::fs::remove_file(&path).unwrap();
        assert!(message().contains("cannot read the checkpoint"), "{}", message());
        let found = checkpoint();
        let error = found.check(&path, "other", [&found.model, &found.optimiser]).unwrap_err();
        assert!(error.to_string().ends_with("belongs to network `net`, this run trains `other`"));
        let fewer = found.check(&path, "net", [&found.model[1..], &found.optimiser]);
        assert!(matches!(fewer, Err(CheckpointError::OtherNetwork { .. })));
    }
}
