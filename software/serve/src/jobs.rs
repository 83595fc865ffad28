//! Accepted jobs and their answers in a file: a crash loses none and answers none twice.
//!
//! A job is in one table until its answer, written in the same transaction, is in the other. After
//! a crash the jobs that are left run again; nobody saw an answer of theirs.

use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::protocol;
use crate::web::App;
use crate::{Answer, Refusal};

const WAITING: TableDefinition<'_, u64, (u64, &[u8])> = TableDefinition::new("waiting");
const ANSWERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("answers");
const NEXT: TableDefinition<'_, (), u64> = TableDefinition::new("next");

/// A body without bytes behind its JSON.
const JSON_ONLY: u64 = u64::MAX;

/// How a job stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Standing {
    Waiting,
    Done(Value),
    Failed(String),
}

/// The store.
pub(crate) struct Jobs {
    file: Database,
    fresh: Notify,
}

fn failed(error: impl std::fmt::Display) -> Refusal {
    Refusal::Store { message: error.to_string() }
}

impl Jobs {
    /// Opens a store, or makes it.
    pub(crate) fn open(path: &Path) -> Result<Self, Refusal> {
        let file = Database::create(path).map_err(failed)?;
        let write = file.begin_write().map_err(failed)?;
        write.open_table(WAITING).map_err(failed)?;
        write.open_table(ANSWERS).map_err(failed)?;
        write.open_table(NEXT).map_err(failed)?;
        write.commit().map_err(failed)?;
        Ok(Self { file, fresh: Notify::new() })
    }

    /// Writes a job down; when this returns, it survives.
    pub(crate) fn accept(
        &self,
        body: &[u8],
        json_length: Option<usize>,
    ) -> Result<String, Refusal> {
        let write = self.file.begin_write().map_err(failed)?;
        let id = {
            let mut next = write.open_table(NEXT).map_err(failed)?;
            let id = next.get(()).map_err(failed)?.map_or(1, |id| id.value());
            next.insert((), id + 1).map_err(failed)?;
            let mut waiting = write.open_table(WAITING).map_err(failed)?;
            let length = json_length.map_or(JSON_ONLY, |length| length as u64);
            waiting.insert(id, (length, body)).map_err(failed)?;
            id
        };
        write.commit().map_err(failed)?;
        self.fresh.notify_one();
        Ok(id.to_string())
    }

    pub(crate) fn standing(&self, id: &str) -> Result<Standing, Refusal> {
        let unknown = || Refusal::UnknownJob { id: id.into() };
        let number: u64 = id.parse().map_err(|_| unknown())?;
        let read = self.file.begin_read().map_err(failed)?;
        let answers = read.open_table(ANSWERS).map_err(failed)?;
        if let Some(answer) = answers.get(number).map_err(failed)? {
            let answer: Value = serde_json::from_slice(answer.value()).map_err(failed)?;
            return Ok(match answer.get("error").and_then(Value::as_str) {
                Some(error) => Standing::Failed(error.into()),
                None => Standing::Done(answer),
            });
        }
        let waiting = read.open_table(WAITING).map_err(failed)?;
        let there = waiting.get(number).map_err(failed)?.is_some();
        if there { Ok(Standing::Waiting) } else { Err(unknown()) }
    }

    /// Removes a job or its answer.
    pub(crate) fn forget(&self, id: &str) -> Result<(), Refusal> {
        self.standing(id)?;
        let number: u64 = id.parse().map_err(failed)?;
        let write = self.file.begin_write().map_err(failed)?;
        write.open_table(WAITING).map_err(failed)?.remove(number).map_err(failed)?;
        write.open_table(ANSWERS).map_err(failed)?.remove(number).map_err(failed)?;
        write.commit().map_err(failed)
    }

    /// The oldest job.
    fn oldest(&self) -> Result<Option<Waiting>, Refusal> {
        let read = self.file.begin_read().map_err(failed)?;
        let waiting = read.open_table(WAITING).map_err(failed)?;
        let first = waiting.first().map_err(failed)?;
        Ok(first.map(|(id, job)| {
            let (length, body) = job.value();
            let json_length = (length != JSON_ONLY).then_some(length as usize);
            Waiting { id: id.value(), json_length, body: body.to_vec() }
        }))
    }

    /// Writes an answer down and takes the job away, both or neither. A job that was forgotten
    /// meanwhile leaves no answer.
    fn settle(&self, id: u64, answer: &Value) -> Result<(), Refusal> {
        let write = self.file.begin_write().map_err(failed)?;
        let known =
            write.open_table(WAITING).map_err(failed)?.remove(id).map_err(failed)?.is_some();
        if known {
            let bytes = answer.to_string().into_bytes();
            let mut answers = write.open_table(ANSWERS).map_err(failed)?;
            answers.insert(id, bytes.as_slice()).map_err(failed)?;
        }
        write.commit().map_err(failed)
    }
}

struct Waiting {
    id: u64,
    json_length: Option<usize>,
    body: Vec<u8>,
}

/// Works jobs off, the oldest first, for as long as the server runs.
pub(crate) async fn work(app: App, jobs: Arc<Jobs>) {
    loop {
        match jobs.oldest() {
            Ok(Some(job)) => {
                if let Err(refusal) = settle(&app, &jobs, &job).await {
                    tracing::warn!(job = job.id, %refusal, "job waits");
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
            }
            Ok(None) => jobs.fresh.notified().await,
            Err(refusal) => {
                tracing::error!(%refusal, "the job store cannot be read");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}

async fn settle(app: &App, jobs: &Jobs, job: &Waiting) -> Result<(), Refusal> {
    let result = match protocol::http_call(&job.body, job.json_length) {
        Ok(call) => {
            crate::web::ask(app, &call).await.and_then(|answer| written(app, &call, &answer))
        }
        Err(refusal) => Err(refusal),
    };
    match result {
        Ok(answer) => jobs.settle(job.id, &answer),
        // These pass; the job stays.
        Err(refusal @ (Refusal::Full { .. } | Refusal::Draining)) => Err(refusal),
        Err(refusal) => jobs.settle(job.id, &json!({"error": refusal.to_string()})),
    }
}

fn written(app: &App, call: &protocol::Call, answer: &Answer) -> Result<Value, Refusal> {
    let plain = protocol::Call { outputs: Vec::new(), binary: false, ..call.clone() };
    let (bytes, _) = protocol::http_answer(app.pool.model(), &plain, answer)?;
    serde_json::from_slice(&bytes).map_err(failed)
}
