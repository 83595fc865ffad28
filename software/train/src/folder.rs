//! The folder of a run: everything that resuming it needs, and what it makes.
//!
//! | file | what |
//! |---|---|
//! | `run.json` | settings, data and the command |
//! | `start.onnx` | the network before training |
//! | `checkpoint.bin` | where the run stands |
//! | `trained.onnx` | the float numbers that learned, batch norms as they are: for training on |
//! | `model.onnx` | the result in floating point, batch norms folded; in a quantised run its weights are those that the codes stand for |
//! | `model-qdq.onnx` | the result with its integers (quantised runs only) |
//! | `result.json` | accuracies and history |

use std::path::{Path, PathBuf};

use bitladder_network::{FloatNetwork, fold_batch_norms};
use bitladder_onnx::ImportError;
use bitladder_onnx_proto::{Message, ModelProto};
use serde::{Deserialize, Serialize};

use crate::checkpoint::EpochReport;
use crate::definitions::trainable_parameters;
use crate::error::TrainError;
use crate::export::to_onnx;
use crate::export_qdq::to_qdq;
use crate::score::Score;
use crate::settings::Settings;
use crate::trainer::Session;

/// A run's folder that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file cannot be written or read.
    #[error("{}: cannot {doing}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// `create`, `write` or `read`.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A folder without a run.
    #[error("{}: there is no run here; give the folder that `train` wrote to", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that already has a run.
    #[error(
        "{}: there already is a run here; go on with it by `resume`, or give another folder",
        path.display()
    )]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A description that means nothing.
    #[error("{}: {source}; the file was changed, start the run anew", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The network cannot be read.
    #[error(transparent)]
    Import(#[from] Box<ImportError>),
    /// A model that already has integers.
    #[error(
        "{}: the model is already quantised; training starts from a float model",
        path.display()
    )]
    Quantised {
        /// The file.
        path: PathBuf,
    },
    /// The result cannot be written as ONNX.
    #[error(transparent)]
    Export(#[from] bitladder_onnx_proto::builder::BuildError),
    /// The run itself.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The command that repeats it, without paths.
    pub command: String,
    /// Where the data is.
    pub data: PathBuf,
    /// How it is trained.
    pub settings: Settings,
}

/// What a run has come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the network.
    pub network: String,
    /// Numbers that training could change.
    pub parameters: usize,
    /// The command that repeats the run, without paths.
    pub command: String,
    /// The epoch whose numbers were kept.
    pub best_epoch: usize,
    /// Scores of the result.
    pub scores: Vec<PartScore>,
    /// All epochs.
    pub history: Vec<EpochReport>,
}

/// Score on a part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartScore {
    /// `train`, `validation` or `test`.
    pub part: &'static str,
    /// Share of the images that are right.
    pub accuracy: f64,
    /// Mean cross entropy.
    pub loss: f64,
    /// Images that are right.
    pub correct: usize,
    /// Images.
    pub images: usize,
}

impl PartScore {
    fn new((part, score): (&'static str, Score)) -> Self {
        let Score { correct, samples: images, .. } = score;
        Self { part, accuracy: score.accuracy(), loss: score.mean_loss(), correct, images }
    }
}

/// A run's folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Begins a run in a folder, which is made if there is none.
    pub fn create(
        path: &Path,
        description: &Description,
        network: &FloatNetwork,
    ) -> Result<Self, FolderError> {
        let folder = Self { path: path.to_owned() };
        if folder.file("run.json").exists() {
            return Err(FolderError::Occupied { path: path.to_owned() });
        }
        std::fs::create_dir_all(path).map_err(|source| FolderError::File {
            path: path.to_owned(),
            doing: "create",
            source,
        })?;
        folder.write_model("start.onnx", &to_onnx(network, &[])?)?;
        // Last, as it is what makes the folder one of a run.
        folder.write_json("run.json", description)?;
        Ok(folder)
    }

    /// The folder of a run that was begun, and what it is.
    pub fn open(path: &Path) -> Result<(Self, Description, FloatNetwork), FolderError> {
        let folder = Self { path: path.to_owned() };
        let file = folder.file("run.json");
        if !file.exists() {
            return Err(FolderError::NoRun { path: path.to_owned() });
        }
        let text = std::fs::read(&file).map_err(|source| FolderError::File {
            path: file.clone(),
            doing: "read",
            source,
        })?;
        let description = serde_json::from_slice(&text)
            .map_err(|source| FolderError::Description { path: file, source })?;
        let network = read_network(&folder.file("start.onnx"))?;
        Ok((folder, description, network))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where the checkpoint is, if one was written.
    pub fn checkpoint(&self) -> PathBuf {
        self.file("checkpoint.bin")
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.file(name);
        std::fs::write(&path, bytes).map_err(|source| FolderError::File {
            path,
            doing: "write",
            source,
        })
    }

    fn write_model(&self, name: &str, model: &ModelProto) -> Result<(), FolderError> {
        self.write(name, &model.encode_to_vec())
    }

    fn write_json(&self, name: &str, contents: &impl Serialize) -> Result<(), FolderError> {
        let mut text = serde_json::to_vec_pretty(contents)
            .map_err(|source| FolderError::Description { path: self.file(name), source })?;
        text.push(b'\n');
        self.write(name, &text)
    }

    /// Writes the result of a finished session.
    pub fn finish(&self, session: &Session<'_>, command: &str) -> Result<Outcome, FolderError> {
        let (frozen, quantised) = session.frozen()?;
        let position = session.position();
        let network = match &quantised {
            Some(quantised) => quantised.network.clone(),
            None => fold_batch_norms(&session.network()?).map_err(TrainError::from)?,
        };
        let outcome = Outcome {
            network: position.network.clone(),
            parameters: trainable_parameters(&session.network()?),
            command: command.to_owned(),
            best_epoch: position.best.map_or(0, |best| best.epoch),
            scores: session.scores(&frozen).map(PartScore::new).to_vec(),
            history: position.history.clone(),
        };
        let metadata = metadata(&outcome);
        self.write_model("trained.onnx", &to_onnx(&session.network()?, &metadata)?)?;
        self.write_model("model.onnx", &to_onnx(&network, &metadata)?)?;
        if let Some(quantised) = &quantised {
            self.write_model("model-qdq.onnx", &to_qdq(quantised, &metadata)?)?;
        }
        self.write_json("result.json", &outcome)?;
        Ok(outcome)
    }
}

/// What a model file says about its own making.
fn metadata(outcome: &Outcome) -> Vec<(String, String)> {
    let scores = outcome.scores.iter().map(|score| {
        let PartScore { part, accuracy, correct, images, .. } = score;
        (format!("accuracy_{part}"), format!("{accuracy:.4} ({correct} of {images})"))
    });
    let facts = [
        ("training_command", outcome.command.clone()),
        ("parameters", outcome.parameters.to_string()),
        ("best_epoch", outcome.best_epoch.to_string()),
        ("input_scale", "0 to 1".to_owned()),
    ];
    facts.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(scores).collect()
}

/// A float network from an ONNX file, its batch norms as they are.
pub fn read_network(path: &Path) -> Result<FloatNetwork, FolderError> {
    let imported = bitladder_onnx::import(path).map_err(Box::new)?;
    if !imported.declared.is_empty() {
        return Err(FolderError::Quantised { path: path.to_owned() });
    }
    Ok(imported.network)
}
