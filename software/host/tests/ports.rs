//! A board at a serial port: a pseudo-terminal whose other end is the line of the machine's Verilog
//! in Verilator, so that the very code of a real port runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bitladder_device::{Device, UartLine, VerilatedPorts, uart_line};
use bitladder_host::{DeviceUrl, Session};
use bitladder_link::{FaultRates, Faulty, Transport};
use bitladder_verilated::BuildOptions;
use serialport::{SerialPort, TTYPort};
use support::{config, golden, package, pixels, round_trip};

type Line = Faulty<UartLine<VerilatedPorts>>;

/// What is done to the board's cable.
enum Cable {
    /// Pulled after some more bytes from the host.
    Pull { after: usize },
    /// Plugged in again; acknowledged when the port is there.
    Plug(Sender<()>),
    /// Random bits are inverted: about one in so many cycles.
    Noise(u64),
}

/// A powered board; its port is a link, as `/dev/serial/by-id` has them.
struct Board {
    folder: tempfile::TempDir,
    cable: Option<Sender<Cable>>,
    thread: Option<JoinHandle<()>>,
}

impl Board {
    /// A board whose bit rate is off by a share, on a line that damages bytes.
    fn new(error: f64, rates: FaultRates, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("port");
        let (cable, commands) = channel();
        let thread = std::thread::spawn(move || {
            let line = Faulty::new(line(error), rates, seed);
            Wire { line, port: None, path, left: usize::MAX }.carry(&commands);
        });
        let board = Self { folder, cable: Some(cable), thread: Some(thread) };
        board.plug();
        board
    }

    fn order(&self, cable: Cable) {
        self.cable.as_ref().unwrap().send(cable).unwrap();
    }

    fn plug(&self) {
        let (done, wait) = channel();
        self.order(Cable::Plug(done));
        wait.recv_timeout(Duration::from_secs(300)).unwrap();
    }

    fn url(&self) -> DeviceUrl {
        let path = self.folder.path().join("port");
        format!("uart:{}?timeout_ms=500", path.display()).parse().unwrap()
    }

    fn open(&self) -> Box<dyn Device> {
        self.url().open(&config()).unwrap()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.cable = None;
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the board's thread panicked");
    }
}

fn line(error: f64) -> UartLine<VerilatedPorts> {
    static BUILD: Mutex<()> = Mutex::new(());
    let _alone = BUILD.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    uart_line(&config(), &BuildOptions { trace: false, cache: Some(cache) }, error).unwrap()
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

#[test]
fn clocks_may_differ_by_three_percent() {
    for error in [-0.03, 0.0, 0.03] {
        let board = Board::new(error, FaultRates::default(), 0);
        round_trip(board.open().as_mut(), 120, 1);
    }
}

#[test]
fn a_session_over_a_port_is_the_golden_one() {
    let board = Board::new(0.01, FaultRates::default(), 0);
    let mut session = Session::open(&board.url(), &config(), package(0), 1).unwrap();
    let pixels = pixels(2, 3);
    let verdicts = session.infer("high", &pixels).unwrap();
    let step = support::network().output_format().scale.step();
    for (verdict, logits) in verdicts.iter().zip(golden(2, &pixels)) {
        let scores: Vec<f32> = logits.iter().map(|l| (f64::from(*l) * step) as f32).collect();
        assert_eq!(verdict.scores, scores);
    }
    assert!(session.counters().unwrap().cycles > 0);
}

#[test]
fn lost_doubled_and_damaged_bytes_are_survived() {
    let rates = FaultRates { flipped: 300, dropped: 300, doubled: 300, inserted: 300 };
    for seed in 0..2 {
        let board = Board::new(-0.01, rates, seed);
        round_trip(board.open().as_mut(), 400, seed);
    }
}

#[test]
fn noise_on_the_line_is_survived() {
    let board = Board::new(0.01, FaultRates::default(), 0);
    let mut device = board.open();
    board.order(Cable::Noise(40_000));
    round_trip(device.as_mut(), 300, 5);
}

#[test]
fn a_pulled_cable_has_a_name_and_plugging_it_in_again_helps() {
    let board = Board::new(0.0, FaultRates::default(), 0);
    let mut opener = board.url().opener(&config());
    for after in [1, 333, 900] {
        let mut device = opener().unwrap();
        round_trip(device.as_mut(), 20, 1);
        board.order(Cable::Pull { after });
        let begin = Instant::now();
        let words = vec![7; 2000];
        let error = device.poke(bitladder_device::Memory::Weight, 0, &words).unwrap_err();
        assert!(error.to_string().ends_with("is gone: was it unplugged?"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        let error = opener().err().unwrap().to_string();
        assert!(
            error.ends_with("there is no such serial port: is the board plugged in?"),
            "{error}"
        );
        board.plug();
        round_trip(opener().unwrap().as_mut(), 20, 2);
    }
}

#[test]
fn a_port_without_a_board_ends_in_time() {
    let (_master, slave) = TTYPort::pair().unwrap();
    let name = slave.name().unwrap();
    drop(slave);
    let url: DeviceUrl = format!("uart:{name}?timeout_ms=20").parse().unwrap();
    let begin = Instant::now();
    let error = url.open(&config()).err().unwrap().to_string();
    assert!(error.contains("no device answers on this line after 8 tries"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn ports_that_cannot_be_opened_say_why() {
    let text = |path: &str| {
        let url: DeviceUrl = format!("uart:{path}").parse().unwrap();
        url.open(&config()).err().unwrap().to_string()
    };
    let (_master, slave) = TTYPort::pair().unwrap();
    let name = slave.name().unwrap();
    drop(slave);
    let _other = TTYPort::open(&serialport::new(&name, 9600)).unwrap();
    assert!(text(&name).ends_with("another program uses this serial port: end it"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    assert!(text(&path).contains("cannot be opened at 3000000 bits per second: "));
}

#[test]
fn a_board_of_another_configuration_is_refused() {
    let board = Board::new(0.0, FaultRates::default(), 0);
    let mut other = config();
    (other.name, other.memory.weight_groups) = ("other".into(), other.memory.weight_groups / 2);
    let error = board.url().open(&other).err().unwrap().to_string();
    assert!(error.contains("was built from configuration"), "{error}");
    assert!(error.contains("not from `other`"), "{error}");
}
