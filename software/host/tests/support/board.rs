//! A board at a serial port: a pseudo-terminal whose other end is the line of the machine's Verilog
//! in Verilator, so that the very code of a real port runs.

#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests; each uses a part")]

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bitladder_device::{UartLine, VerilatedPorts, uart_line};
use bitladder_link::{FaultRates, Faulty, Transport};
use bitladder_machine::MachineConfig;
use bitladder_verilated::BuildOptions;
use serialport::{SerialPort, TTYPort};

type Line = Faulty<UartLine<VerilatedPorts>>;

/// What is done to the board's cable.
pub(crate) enum Cable {
    /// Pulled after some more bytes from the host.
    Pull { after: usize },
    /// Plugged in again; acknowledged when the port is there.
    Plug(Sender<()>),
    /// Random bits are inverted: about one in so many cycles.
    Noise(u64),
}

/// A powered board; its port is a link, as `/dev/serial/by-id` has them.
pub(crate) struct Board {
    folder: tempfile::TempDir,
    cable: Option<Sender<Cable>>,
    patience: Duration,
    thread: Option<JoinHandle<()>>,
}

impl Board {
    /// A board whose bit rate is off by a share, on a line that damages bytes.
    pub(crate) fn new(config: MachineConfig, error: f64, rates: FaultRates, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("port");
        let (cable, commands) = channel();
        let (measured, patience) = channel();
        let thread = std::thread::spawn(move || {
            let mut line = Faulty::new(line(&config, error), rates, seed);
            measured.send(self::patience(&mut line)).unwrap();
            Wire { line, port: None, path, left: usize::MAX }.carry(&commands);
        });
        // The first board's simulation is compiled first.
        let patience = patience.recv_timeout(ENOUGH).unwrap();
        let board = Self { folder, cable: Some(cable), patience, thread: Some(thread) };
        board.plug();
        board
    }

    pub(crate) fn order(&self, cable: Cable) {
        self.cable.as_ref().unwrap().send(cable).unwrap();
    }

    pub(crate) fn plug(&self) {
        let (done, wait) = channel();
        self.order(Cable::Plug(done));
        wait.recv_timeout(ENOUGH).unwrap();
    }

    /// Its URL, with the time that a host should wait for an answer.
    pub(crate) fn url(&self) -> String {
        let (folder, patience) = (self.folder.path(), self.patience.as_millis());
        format!("uart:{}?timeout_ms={patience}", folder.join("port").display())
    }
}

/// For what must come, however busy the computer is.
const ENOUGH: Duration = Duration::from_secs(900);

/// How long a host should wait for an answer: the port has the computer's time, the board that of
/// its simulation, which is slow, and slower on a busy computer. A host that asks again too early
/// gives the simulation more to do, and comes to nothing.
fn patience(line: &mut Line) -> Duration {
    let begin = Instant::now();
    // Time for two packets.
    let deadline = line.now() + Duration::from_millis(2);
    line.receive(&mut [0; 64], deadline).unwrap();
    (begin.elapsed() * 8).clamp(Duration::from_secs(1), Duration::from_secs(60))
}

impl Drop for Board {
    fn drop(&mut self) {
        self.cable = None;
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the board's thread panicked");
    }
}

fn line(config: &MachineConfig, error: f64) -> UartLine<VerilatedPorts> {
    static BUILD: Mutex<()> = Mutex::new(());
    let _alone = BUILD.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    uart_line(config, &BuildOptions { trace: false, cache: Some(cache) }, error).unwrap()
}

/// The far end of the pseudo-terminal, and the board behind it.
struct Wire {
    line: Line,
    port: Option<TTYPort>,
    path: PathBuf,
    /// Bytes from the host until the cable is pulled.
    left: usize,
}

impl Wire {
    fn carry(mut self, commands: &Receiver<Cable>) {
        loop {
            match commands.try_recv() {
                Ok(Cable::Pull { after }) => self.left = after,
                Ok(Cable::Plug(done)) => {
                    self.plug();
                    done.send(()).unwrap();
                }
                Ok(Cable::Noise(cycles)) => self.line.inner().set_glitches(cycles, 7),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
            self.send_on();
            self.bring_back();
        }
    }

    fn plug(&mut self) {
        let (mut master, slave) = TTYPort::pair().unwrap();
        master.set_timeout(Duration::from_micros(50)).unwrap();
        symlink(slave.name().unwrap(), &self.path).unwrap();
        (self.port, self.left) = (Some(master), usize::MAX);
    }

    fn pull(&mut self) {
        std::fs::remove_file(&self.path).unwrap();
        self.port = None;
    }

    fn send_on(&mut self) {
        let mut buffer = [0; 64];
        // Nothing there, or nobody at the other end: both are an error, and neither matters.
        let read = |port: &mut TTYPort| port.read(&mut buffer).unwrap_or(0);
        let count = self.port.as_mut().map_or(0, read).min(self.left);
        self.line.send(&buffer[..count], Duration::MAX).unwrap();
        self.left -= count;
        if self.left == 0 && self.port.is_some() {
            self.pull();
        }
    }

    fn bring_back(&mut self) {
        let deadline = self.line.now() + Duration::from_micros(100);
        let mut buffer = [0; 64];
        let count = self.line.receive(&mut buffer, deadline).unwrap();
        if let (Some(port), 1..) = (&mut self.port, count) {
            let _ = port.write_all(&buffer[..count]);
        }
    }
}
