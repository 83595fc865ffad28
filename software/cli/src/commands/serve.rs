//! `bitladder serve`.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use bitladder_control::pace::{Constant, CoordinatedDvfs, CoordinatedOptions};
use bitladder_control::policy::{DeadlineFirst, Pit};
use bitladder_control::{Admission, Pace, Platform, Policy, TimePrice, TimePriceOptions};
use bitladder_flow::{Samples, evaluate};
use bitladder_host::DeviceUrl;
use bitladder_machine::MachineConfig;
use bitladder_package::Package;
use bitladder_serve::{Limits, Model, ModelOptions, Pool, Server, ServerOptions, Unit};

use super::ladder_run::run_ladder;
use super::{Session, machines};
use crate::args::{PolicyArg, ServeArgs};

/// Time that waiting requests get when the server ends.
const GRACE: Duration = Duration::from_secs(30);

pub(crate) fn run(session: &Session, args: &ServeArgs) -> anyhow::Result<()> {
    let package = Package::read(&args.package)?;
    let config = machines::find(&args.config)?;
    let accuracy = accuracies(session, args, &package)?;
    let platform = args.platform.as_deref().map(read_platform).transpose()?;
    let options = ModelOptions { batch: args.batch.get(), accuracy, platform };
    let model = Model::new(package, &config, &options)?;
    let units = args.device.iter().map(|url| unit(url, &config, args.policy));
    let units = units.collect::<anyhow::Result<Vec<Unit>>>()?;
    let limits = Limits {
        waiting_images: args.queue,
        deadline: Duration::from_millis(args.deadline),
        admission: if args.only_on_time { Admission::OnTimeOnly } else { Admission::Everything },
        ..Limits::default()
    };
    logs();
    let name = model.package().name.clone();
    let pool = Pool::start(model, units, limits)?;
    let options = server_options(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(session.threads.min(4))
        .enable_all()
        .build()
        .context("no threads for the server")?;
    runtime.block_on(until_stopped(session, pool, &options, &name))
}

/// Serves until it is asked to end.
async fn until_stopped(
    session: &Session<'_>,
    pool: Pool,
    options: &ServerOptions,
    name: &str,
) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("signals cannot be received")?;
    let server = Server::start(pool, options).await?;
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    let grpc = server.grpc.map(|address| format!(", gRPC at {address}")).unwrap_or_default();
    let line = format!("serving `{name}` at {scheme}://{}{grpc}\n", server.http);
    session.terminal.raw(&line)?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("draining");
    server.stop().await;
    tracing::info!("ended");
    Ok(())
}

fn server_options(args: &ServeArgs) -> anyhow::Result<ServerOptions> {
    let token = args.token.as_deref().map(|path| {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{}: the token cannot be read", path.display()))?;
        anyhow::ensure!(!text.trim().is_empty(), "{}: the token is empty", path.display());
        Ok(text.trim().to_owned())
    });
    Ok(ServerOptions {
        http: args.http,
        grpc: Some(args.grpc),
        token: token.transpose()?,
        tls: args.tls_certificate.clone().zip(args.tls_key.clone()),
        most_bytes: args.most_bytes,
        jobs: args.jobs.clone(),
        grace: GRACE,
    })
}

fn unit(url: &str, config: &MachineConfig, policy: PolicyArg) -> anyhow::Result<Unit> {
    let device: DeviceUrl = url.parse()?;
    let mut open = device.opener(config);
    let (policy, pace): (Box<dyn Policy + Send>, Box<dyn Pace + Send>) = match policy {
        PolicyArg::TimePrice => {
            let options = TimePriceOptions::default();
            (Box::new(TimePrice::new(options)), Box::new(TimePrice::new(options)))
        }
        PolicyArg::Pit => {
            let pace = CoordinatedDvfs::new(CoordinatedOptions::default());
            (Box::new(Pit::new()), Box::new(pace))
        }
        PolicyArg::DeadlineFirst => (Box::new(DeadlineFirst::new()), Box::new(Constant)),
    };
    let open = Box::new(move || open().map_err(|error| error.to_string()));
    Ok(Unit { name: url.to_owned(), open, policy, pace })
}

/// What is known of accuracies: as given, or as measured on labelled images.
fn accuracies(
    session: &Session,
    args: &ServeArgs,
    package: &Package,
) -> anyhow::Result<Vec<(String, f64)>> {
    let mut known = args.accuracy.clone();
    let Some(path) = &args.data else { return Ok(known) };
    let data = bitladder_data::load(path, bitladder_data::Part::Test)?;
    let best = package.profiles.first().context("the package has no profile")?;
    let samples = Samples::for_package(data, package, &best.network)?;
    for profile in &package.profiles {
        let bar = session.terminal.bar(&profile.name, samples.len());
        let tick = &mut |done| bar.set_position(done as u64);
        let result = evaluate(&profile.network, &samples, session.threads, tick);
        bar.finish_and_clear();
        known.push((profile.name.clone(), 100.0 * result?.evaluation.accuracy()));
    }
    if !package.ladder.is_empty() {
        let ladder = run_ladder(session, package, &samples)?;
        known.push((bitladder_serve::model::LADDER.to_owned(), 100.0 * ladder.accuracy));
    }
    Ok(known)
}

fn read_platform(path: &Path) -> anyhow::Result<Platform> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    Ok(Platform::from_toml(&text, &path.display().to_string())?)
}

/// One JSON object per line on the error channel.
fn logs() {
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr)
        .try_init();
}
