//! One file per command.

mod boards;
mod build;
mod characterize;
mod compile;
mod completions;
mod demo;
mod doctor;
mod dump;
mod estimate;
mod eval;
mod inspect;
mod ladder_run;
pub(crate) mod machines;
mod man;
mod mix;
mod mutate;
mod pareto;
mod pca;
mod power;
mod quality;
mod quantize;
mod reproduce;
mod run;
mod search;
mod serve;
mod shown;
mod simulate;
mod testbench;
mod trace;
pub(crate) mod wavediff;

use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::Context;
use bitladder_package::{Package, Profile};

use crate::args::{Cli, Command};
use crate::output::Terminal;

/// What every command has at hand.
pub(crate) struct Session<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) threads: usize,
}

pub(crate) fn run(cli: &Cli, terminal: &Terminal) -> anyhow::Result<()> {
    let machine = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = cli.global.threads.unwrap_or(machine).get();
    let session = Session { terminal, threads };
    match &cli.command {
        Command::Inspect(args) => inspect::run(&session, args),
        Command::Quantize(args) => quantize::run(&session, args),
        Command::Eval(args) => eval::run(&session, args),
        Command::Dump(args) => dump::run(&session, args),
        Command::Compile(args) => compile::run(&session, args),
        Command::Simulate(args) => simulate::run(&session, args),
        Command::Run(args) => run::run(&session, args),
        Command::Build(args) => build::run(&session, args),
        Command::Estimate(args) => estimate::estimate(&session, args),
        Command::Fit(args) => estimate::search(&session, args),
        Command::Doctor(args) => doctor::run(&session, args),
        Command::Trace(args) => trace::run(&session, args),
        Command::Testbench(args) => testbench::run(&session, args),
        Command::Mutate(args) => mutate::run(&session, args),
        Command::Power(args) => power::run(&session, args),
        // Handled before: it has exit codes and options of its own.
        Command::Wavediff { .. } => Ok(()),
        Command::Characterize(args) => characterize::run(&session, args),
        Command::Pca(args) => pca::run(&session, args),
        Command::Pareto(args) => pareto::run(&session, args),
        Command::Mix(args) => mix::run(&session, args),
        Command::Search(args) => search::run(&session, args),
        Command::Reproduce(args) => reproduce::run(&session, args),
        Command::Demo(args) => demo::run(&session, args),
        Command::Serve(args) => serve::run(&session, args),
        Command::Completions { shell } => completions::run(&session, *shell),
        Command::Man { folder } => man::run(&session, folder),
    }
}

/// A package with only the named profiles, or with all if none is named.
fn package_with(path: &Path, names: &[String]) -> anyhow::Result<Package> {
    let mut package = Package::read(path)?;
    for name in names {
        profile(&package, path, Some(name))?;
    }
    package.profiles.retain(|profile| names.is_empty() || names.contains(&profile.name));
    Ok(package)
}

/// A profile by name, or the best.
fn profile<'a>(
    package: &'a Package,
    path: &Path,
    name: Option<&str>,
) -> anyhow::Result<&'a Profile> {
    let Some(name) = name else {
        return package.profiles.first().context("the package has no profile");
    };
    package.profile(name).with_context(|| {
        let known: Vec<&str> = package.profiles.iter().map(|p| p.name.as_str()).collect();
        format!("{}: no precision is called `{name}`; it has {}", path.display(), known.join(", "))
    })
}
