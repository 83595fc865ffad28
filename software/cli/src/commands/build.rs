//! `bitladder build`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use bitladder_emit::{Accelerator, Build, Built, Host, deliver};
use bitladder_fpga::{Board, Flow, Toolbox};
use bitladder_package::Package;
use serde::Serialize;

use super::{Session, boards, machines};
use crate::args::BuildArgs;
use crate::output::Outcome;

#[derive(Serialize)]
struct Done {
    folder: PathBuf,
    #[serde(flatten)]
    built: Option<Built>,
    #[serde(skip)]
    text: String,
}

impl Outcome for Done {
    fn text(&self) -> String {
        format!("{}all files are in {}\n", self.text, self.folder.display())
    }
}

pub(crate) fn run(session: &Session, args: &BuildArgs) -> anyhow::Result<()> {
    let config = machines::find(&args.config)?;
    let host = args.host.map_or_else(|| Host::of(&config), Host::from);
    let board = args.board.as_deref().map(boards::find).transpose()?;
    let accelerator = match &board {
        Some(board) => Accelerator::on_board(&config, host, board)?,
        None => Accelerator::new(&config, host)?,
    };
    let on = board.as_ref().map_or(host.name(), |board| board.name.as_str());
    let name = || format!("build/{}-{on}", config.name);
    let folder = args.out.clone().unwrap_or_else(|| name().into());
    let Some(board) = &board else {
        if !args.emit_only {
            bail!("give a board with --board, or write the files only with --emit-only");
        }
        deliver::write_all(&folder, &accelerator)?;
        return session.terminal.show(&Done { folder, built: None, text: String::new() });
    };
    let done = on_board(args, &accelerator, board, folder)?;
    session.terminal.show(&done)
}

fn on_board(
    args: &BuildArgs,
    accelerator: &Accelerator,
    board: &Board,
    folder: PathBuf,
) -> anyhow::Result<Done> {
    let toolbox = Toolbox::new().before(args.tools.clone());
    let flow = Flow { toolbox, ..Flow::default() };
    let build = Build {
        target_mhz: args.mhz,
        seeds: args.seeds.clone(),
        by_module: !args.no_modules,
        ..Build::new(accelerator, board, folder.clone())
    };
    if args.emit_only {
        build.emit(&flow)?;
        return Ok(Done { folder, built: None, text: String::new() });
    }
    let (machine, name) = (&accelerator.config.name, &board.name);
    let model = args.model.as_ref().map(Package::read).transpose()?;
    let built = build.run(&flow, model.as_ref()).with_context(|| format!("{machine} on {name}"))?;
    let text = built.text()?;
    Ok(Done { folder, built: Some(built), text })
}
