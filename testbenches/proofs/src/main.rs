//! Proves all claims and writes `docs/results/proofs.md`: `./x prove`, or
//! `cargo run --release -p bitladder-proofs -- [--only TEXT] [--workers N]`.

#![allow(clippy::print_stdout, reason = "a command")]

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Result, bail};
use bitladder_proofs::claim::Mutants;
use bitladder_proofs::{Claim, Evidence, Verdict, claims};
use clap::Parser;

/// Proofs about the hardware modules.
#[derive(Parser)]
struct Arguments {
    /// Only claims with this text in their name; the rows of others stay.
    #[arg(long, default_value = "")]
    only: String,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Mutants of each module.
    #[arg(long, default_value_t = 12)]
    mutants: usize,
    /// Mutants on which a claim must fail before no more are tried.
    #[arg(long, default_value_t = 3)]
    enough: usize,
    /// Seed of the mutants.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let Arguments { workers, mutants: count, enough, seed, .. } = arguments;
    let mutants = Mutants { count, enough, seed };
    let claims = claims::all()?;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results/proofs.md");
    let mut failed = Vec::new();
    for claim in claims.iter().filter(|claim| claim.name.contains(&arguments.only)) {
        let verdict = claim.decide(workers, mutants)?;
        let row = row(claim, &verdict);
        println!("{row}");
        match &verdict.failure {
            Some(failure) => failed.push(format!("{}: {failure}", claim.name)),
            None if verdict.refuted == 0 => {
                failed.push(format!("{}: holds for every mutant: it may say nothing", claim.name));
            }
            None => put(&page, &claims, &claim.name, &row)?,
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => bail!("not proven:\n{}", failed.join("\n")),
    }
}

/// Puts a row into the table, in the order of the claims; rows of claims that are gone go.
fn put(page: &Path, claims: &[Claim], name: &str, row: &str) -> Result<()> {
    let old = match std::fs::read_to_string(page) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let mut text = include_str!("introduction.md").to_owned();
    for claim in claims {
        let start = format!("| {} |", claim.name);
        let known = if claim.name == name { Some(row) } else { None };
        if let Some(line) = known.or_else(|| old.lines().find(|line| line.starts_with(&start))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(std::fs::write(page, text)?)
}

fn row(claim: &Claim, verdict: &Verdict) -> String {
    let how = match verdict.evidence {
        Evidence::Cases(bits) => format!("all 2^{bits} cases"),
        Evidence::AllTime => "for all time (SAT, invariant)".to_owned(),
    };
    let Verdict { refuted, unharmed, unreached, time, .. } = verdict;
    let answer = if verdict.failure.is_none() { how } else { "**fails**".to_owned() };
    let seconds = time.as_secs_f64();
    format!(
        "| {} | {} | {answer} | {seconds:.1} | {refuted} | {unharmed} | {unreached} |",
        claim.name, claim.says
    )
}
