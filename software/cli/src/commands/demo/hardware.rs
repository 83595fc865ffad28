//! The demo's network on the simulated machine.

use bitladder_demo::check::{Check, Precision, Subject};
use bitladder_demo::wave::{Excerpt, excerpt};
use bitladder_device::{Device, rust_sim, verilator};
use bitladder_flow::Samples;
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

/// All precisions of packages, checked and counted, with the accuracy that each was found to have.
pub(super) fn precisions(
    session: &Session,
    packages: [(&Package, &[f64]); 2],
    (test, config): (&Samples, &MachineConfig),
    with_verilator: bool,
) -> anyhow::Result<Vec<Precision>> {
    let mut backends = backends(session, config, with_verilator)?;
    let mut all = Vec::new();
    for (package, accuracies) in packages {
        let image = compile_package(package, config, BATCH)?;
        let each = package.profiles.iter().zip(&image.programs).zip(accuracies);
        for ((profile, program), accuracy) in each {
            let subject = Subject { network: &profile.network, program, samples: test };
            let (checks, cycles) = check(session, (&profile.name, &subject), &mut backends)?;
            // The last backend is the fastest.
            let layers = backends.last_mut().map(|last| subject.layers(last.device.as_mut()));
            all.push(Precision {
                name: profile.name.clone(),
                accuracy: *accuracy,
                weight_bits: profile.network.weight_bits(),
                checks,
                batch: BATCH,
                cycles,
                layers: layers.transpose()?.unwrap_or_default(),
            });
        }
    }
    Ok(all)
}

/// Compares a precision on each backend with the golden model; gives the cycles of a batch, too.
fn check(
    session: &Session,
    (name, subject): (&str, &Subject),
    backends: &mut [Backend],
) -> anyhow::Result<(Vec<Check>, u64)> {
    let (mut checks, mut cycles) = (Vec::new(), 0);
    for Backend { name: backend, device, images } in backends {
        let bar = session.terminal.bar(&format!("{name} {backend}"), *images);
        let mut tick = |done| bar.set_position(done as u64);
        let (check, most) = subject.compare(device.as_mut(), (backend, *images), &mut tick)?;
        bar.finish_and_clear();
        checks.push(check);
        cycles = most;
    }
    Ok((checks, cycles))
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
