//! The server's side: devices that fail.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bitladder_control::{TimePrice, TimePriceOptions};
use bitladder_device::{UartLine, VerilatedPorts, behind_packets, uart_line};
use bitladder_link::{FaultRates, Faulty, Transport, TransportError};
use bitladder_serve::{Limits, Pool, Server, ServerOptions, Unit};
use bitladder_spec::SplitMix64;
use bitladder_verilated::BuildOptions;

use crate::support::{Fate, config, model, options, unit};

/// Damage to the line, per million bytes each.
const RATES: FaultRates = FaultRates { flipped: 60, dropped: 60, doubled: 60, inserted: 60 };
/// Bytes to the machine after which its cable may be pulled.
const CABLE: u64 = 60_000;

fn event(what: &str) {
    // The parent may be gone; then nobody counts.
    let _ = writeln!(std::io::stdout(), "event {what}");
}

/// A line whose cable is pulled after some bytes.
struct Cable {
    line: Faulty<UartLine<VerilatedPorts>>,
    left: u64,
    sent: Arc<AtomicU64>,
}

impl Cable {
    fn gone() -> TransportError {
        TransportError::Gone { what: "the line of the soak".into() }
    }
}

impl Transport for Cable {
    fn now(&mut self) -> Duration {
        self.line.now()
    }

    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError> {
        if self.left == 0 {
            return Err(Self::gone());
        }
        let most = bytes.len().min(self.left as usize);
        let sent = self.line.send(&bytes[..most], deadline)?;
        self.left -= sent as u64;
        self.sent.fetch_add(sent as u64, Ordering::Relaxed);
        if self.left == 0 {
            event("a cable is pulled in the middle of a transfer");
        }
        Ok(sent)
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        if self.left == 0 {
            return Err(Self::gone());
        }
        self.line.receive(buffer, deadline)
    }
}

/// The machine's Verilog behind a bad serial line.
fn bad_line(seed: u64) -> Unit {
    let mut noise = SplitMix64::new(seed);
    let time_price = TimePriceOptions::default();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let sent = Arc::new(AtomicU64::new(0));
    let open = move || -> Result<Box<dyn bitladder_device::Device>, String> {
        let build = BuildOptions { trace: false, cache: Some(cache.clone()) };
        let line = uart_line(&config(), &build, 0.01).map_err(|error| error.to_string())?;
        let line = Faulty::new(line, RATES, noise.next_u64());
        let left = CABLE / 2 + noise.below(CABLE);
        let device = behind_packets(&config(), Cable { line, left, sent: sent.clone() });
        Ok(Box::new(device.map_err(|error| error.to_string())?))
    };
    Unit {
        name: "uart".into(),
        open: Box::new(open),
        policy: Box::new(TimePrice::new(time_price)),
        pace: Box::new(TimePrice::new(time_price)),
    }
}

/// Lets devices die in the middle of batches, stay away for a while, and be slow.
fn torment(fates: &[Arc<Fate>], seed: u64) {
    let mut noise = SplitMix64::new(seed);
    loop {
        std::thread::sleep(Duration::from_millis(20 + noise.below(180)));
        let fate = &fates[noise.below(fates.len() as u64) as usize];
        match noise.below(4) {
            0 => {
                fate.dead.store(true, Ordering::SeqCst);
                event("a device dies and stays away for a while");
                std::thread::sleep(Duration::from_millis(100 + noise.below(400)));
                fate.dead.store(false, Ordering::SeqCst);
            }
            1 => {
                fate.slow.store(noise.below(20) as u32, Ordering::SeqCst);
                event("a device becomes slower or faster");
            }
            _ => {
                fate.fail_in.store(1 + noise.below(4) as u32, Ordering::SeqCst);
                event("a device fails in the middle of a batch");
            }
        }
    }
}

/// Serves until it is killed or asked to end.
pub(crate) fn serve(jobs: &Path, seed: u64) {
    let fates = [Arc::new(Fate::default()), Arc::new(Fate::default())];
    let mut units = vec![unit("golden0", &fates[0]), unit("golden1", &fates[1])];
    units.push(bad_line(seed));
    let limits = Limits { attempts: 6, waiting_images: 64, ..Limits::default() };
    let pool = Pool::start(model(4), units, limits).unwrap();
    std::thread::spawn(move || torment(&fates, seed));
    let options = ServerOptions { jobs: Some(jobs.into()), grpc: None, ..options() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).unwrap();
        let server = Server::start(pool, &options).await.unwrap();
        println!("serving {}", server.http);
        terminate.recv().await;
        server.stop().await;
    });
}
