//! The demo's network on the simulated machine.

use bitladder_demo::check::{Precision, Subject};
use bitladder_demo::wave::{Excerpt, excerpt};
use bitladder_device::{Device, rust_sim, verilator};
use bitladder_flow::{Samples, evaluate};
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_package::Package;
use bitladder_verilated::BuildOptions;

use crate::commands::Session;

/// Images that run together.
const BATCH: usize = 8;
/// Images per precision in the Rust simulation, and in Verilator.
const IMAGES: [usize; 2] = [8, 64];

/// A simulation of the machine.
struct Backend {
    name: &'static str,
    device: Box<dyn Device>,
    images: usize,
}

/// The machine in this process, and in Verilator where that is there.
fn backends(
    session: &Session,
    config: &MachineConfig,
    with_verilator: bool,
) -> anyhow::Result<Vec<Backend>> {
    let device = Box::new(rust_sim(config)?);
    let mut all = vec![Backend { name: "in process", device, images: IMAGES[0] }];
    if with_verilator && bitladder_verilated::available() {
        let wait = session.terminal.wait("Verilator compiles the machine");
        let device = verilator(config, &BuildOptions::default());
        wait.finish_and_clear();
        all.push(Backend { name: "Verilator", device: Box::new(device?), images: IMAGES[1] });
    }
    Ok(all)
}

/// All precisions of packages, checked and counted.
pub(super) fn precisions(
    session: &Session,
    packages: [&Package; 2],
    (test, config): (&Samples, &MachineConfig),
    with_verilator: bool,
) -> anyhow::Result<Vec<Precision>> {
    let mut backends = backends(session, config, with_verilator)?;
    let mut all = Vec::new();
    for package in packages {
        let image = compile_package(package, config, BATCH)?;
        for (profile, program) in package.profiles.iter().zip(&image.programs) {
            let subject = Subject { network: &profile.network, program, samples: test };
            let found = evaluate(&profile.network, test, session.threads, &mut |_| {})?;
            let (mut checks, mut cycles, mut layers) = (Vec::new(), 0, Vec::new());
            for Backend { name, device, images } in &mut backends {
                let bar = session.terminal.bar(&format!("{} {name}", profile.name), *images);
                let mut tick = |done| bar.set_position(done as u64);
                let (check, most) = subject.compare(device.as_mut(), (name, *images), &mut tick)?;
                bar.finish_and_clear();
                checks.push(check);
                cycles = most;
                // The last backend is the fastest.
                layers = subject.layers(device.as_mut())?;
            }
            all.push(Precision {
                name: profile.name.clone(),
                accuracy: found.evaluation.accuracy(),
                weight_bits: profile.network.weight_bits(),
                checks,
                batch: BATCH,
                cycles,
                layers,
            });
        }
    }
    Ok(all)
}

/// Signals of one image in the cheapest precision.
pub(super) fn wave(
    package: &Package,
    test: &Samples,
    config: &MachineConfig,
) -> anyhow::Result<Excerpt> {
    let mut package = package.clone();
    package.ladder.clear();
    package.profiles = package.profiles.split_off(package.profiles.len().saturating_sub(1));
    let image = compile_package(&package, config, 1)?;
    let (Some(profile), Some(program)) = (package.profiles.first(), image.programs.first()) else {
        anyhow::bail!("the package has no precision");
    };
    let batch = test.chosen(std::iter::once(0)).quantized_for(&profile.network);
    Ok(excerpt(program, batch)?)
}
