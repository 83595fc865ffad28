//! Cards: a file in place of a card's memory, served by the mailbox of the machine's Verilog in
//! Verilator, and files that are no such thing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bitladder_device::{
    AxiWindow, BusDevice, Device, MailboxBridge, Memory, PacketBus, VerilatedPorts, mailbox_window,
};
use bitladder_host::{PcieError, PcieWindow, Session, VfioError, Via};
use bitladder_link::{Link, LinkOptions, Mailbox, TransportError, Window};
use bitladder_link_format::mailbox as map;
use bitladder_verilated::BuildOptions;
use support::{ENOUGH, config, golden, package, pixels, round_trip};

const ADDRESS: &str = "0000:01:00.0";

/// A folder as Linux has for a card, with one BAR.
fn card(bytes: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join(ADDRESS);
    std::fs::create_dir(&card).unwrap();
    std::fs::write(card.join("resource0"), vec![0; bytes]).unwrap();
    std::fs::write(card.join("enable"), "0\n").unwrap();
    folder
}

fn open_at(folder: &Path, address: &str, bar: u8, via: Via) -> Result<PcieWindow, PcieError> {
    PcieWindow::open_in([folder, &folder.join("vfio")], address, bar, via)
}

fn window(folder: &Path) -> Result<PcieWindow, PcieError> {
    open_at(folder, ADDRESS, 0, Via::Auto)
}

type Card = BusDevice<PacketBus<Mailbox<PcieWindow>>>;

fn open(folder: &Path) -> Card {
    let mailbox = Mailbox::open(window(folder).unwrap()).unwrap();
    let options = LinkOptions { timeout: Duration::from_secs(1), ..LinkOptions::default() };
    let link = Link::open(mailbox, options).unwrap();
    BusDevice::new(PacketBus::new(link, Duration::from_millis(1)))
}

/// The machine's mailbox; it is built once.
fn device() -> AxiWindow<VerilatedPorts> {
    static BUILD: Mutex<()> = Mutex::new(());
    let _alone = BUILD.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    mailbox_window(&config(), &BuildOptions { trace: false, cache: Some(cache) }).unwrap()
}

/// Serves a card's memory by the machine's mailbox in Verilator.
struct Served {
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn new(folder: &Path) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let (seen, path) = (end.clone(), folder.join(ADDRESS).join("resource0"));
        let (ready, wait) = channel();
        let thread = std::thread::spawn(move || {
            let device = device();
            let shared = PcieWindow::open_file(&path).unwrap();
            let mut bridge = MailboxBridge::new(shared, device).unwrap();
            ready.send(()).unwrap();
            while !seen.load(Ordering::Relaxed) {
                bridge.step().unwrap();
            }
        });
        wait.recv_timeout(ENOUGH).unwrap();
        Self { end, thread: Some(thread) }
    }

    fn stop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn a_session_over_a_card_is_the_golden_one() {
    let folder = card(map::SIZE as usize);
    let _served = Served::new(folder.path());
    // Twice: a second host finds rings that the first one has used.
    for images in [2, 1] {
        let device = Box::new(open(folder.path()));
        let mut session = Session::on(device, &config(), package(0), 1).unwrap();
        round_trip(session.device(), 3000, 1);
        let pixels = pixels(images, 3);
        let verdicts = session.infer("high", &pixels).unwrap();
        let step = support::network().output_format().scale.step();
        for (verdict, logits) in verdicts.iter().zip(golden(images, &pixels)) {
            let scores: Vec<f32> = logits.iter().map(|l| (f64::from(*l) * step) as f32).collect();
            assert_eq!(verdict.scores, scores);
        }
    }
    let enabled = std::fs::read_to_string(folder.path().join(ADDRESS).join("enable")).unwrap();
    assert_eq!(enabled, "1");
}

#[test]
fn a_card_that_is_removed_has_a_name() {
    let folder = card(map::SIZE as usize);
    let mut served = Served::new(folder.path());
    let mut device = open(folder.path());
    round_trip(&mut device, 100, 1);
    served.stop();
    // What reads of a removed card give.
    let mut shared = window(folder.path()).unwrap();
    for offset in (0..map::SIZE).step_by(4) {
        shared.write32(offset, u32::MAX).unwrap();
    }
    let begin = Instant::now();
    let error = device.poke(Memory::Weight, 0, &[1; 500]).unwrap_err().to_string();
    assert!(error.contains("(it reads as all ones) is gone: was it unplugged?"), "{error}");
    let again = Mailbox::open(window(folder.path()).unwrap()).map(drop).unwrap_err().to_string();
    assert!(again.contains("(it reads as all ones) is gone"), "{again}");
    // Seconds, but on a busy computer.
    assert!(begin.elapsed() < ENOUGH);
}

#[test]
fn a_card_that_hangs_ends_in_time() {
    let folder = card(map::SIZE as usize);
    let mut served = Served::new(folder.path());
    let mut device = open(folder.path());
    served.stop();
    let begin = Instant::now();
    let error = device.info().unwrap_err().to_string();
    assert!(error.contains("the device stopped answering (8 tries"), "{error}");
    let again = Mailbox::open(window(folder.path()).unwrap()).map(drop).unwrap_err().to_string();
    assert!(again.contains("does not empty its rings within 2s"), "{again}");
    assert!(begin.elapsed() < ENOUGH);
}

#[test]
fn other_cards_are_refused() {
    let text = |folder: &Path| window(folder).unwrap_err().to_string();
    let small = card(4096);
    assert_eq!(
        text(small.path()),
        "0000:01:00.0: BAR 0 has 4096 bytes, a mailbox takes 16384: is this the right card and BAR?",
    );
    let error = open_at(small.path(), ADDRESS, 2, Via::Auto).unwrap_err().to_string();
    assert_eq!(error, "0000:01:00.0: the device has no memory BAR 2: is this the right card?");
    let error = open_at(small.path(), "0000:02:00.0", 0, Via::Auto).unwrap_err().to_string();
    assert!(error.starts_with("0000:02:00.0: there is no such PCI device"), "{error}");
    let other = card(map::SIZE as usize);
    let mailbox = |folder: &Path| Mailbox::open(window(folder).unwrap()).map(drop).unwrap_err();
    let error = mailbox(other.path());
    assert!(matches!(error, TransportError::Stranger { .. }));
    let wanted = "register `magic` holds 0x00000000, not 0x424c4d42: this is no such device";
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn what_may_not_be_opened_says_what_to_do() {
    let file = "/sys/bus/pci/devices/0000:01:00.0/resource0".into();
    let error = PcieError::Permission { file }.to_string();
    assert!(error.ends_with("run as root, or give yourself the file with a udev rule"), "{error}");
    // A switch that cannot be written.
    let folder = card(map::SIZE as usize);
    let switch = folder.path().join(ADDRESS).join("resource0");
    std::fs::remove_file(&switch).unwrap();
    std::fs::create_dir(&switch).unwrap();
    let error = window(folder.path()).unwrap_err();
    assert!(matches!(error, PcieError::File { .. }), "{error}");
}

/// Everything that VFIO takes before there is a card behind its files.
#[test]
fn cards_that_vfio_does_not_give_say_why() {
    let folder = card(map::SIZE as usize);
    let (device, vfio) = (folder.path().join(ADDRESS), folder.path().join("vfio"));
    let text = |via| open_at(folder.path(), ADDRESS, 0, via).unwrap_err().to_string();
    let driver = "0000:01:00.0: its driver is none, not vfio-pci: as root, `echo vfio-pci > ";
    assert!(text(Via::Vfio).starts_with(driver), "{}", text(Via::Vfio));
    // Without `via`, a card of another driver is reached through its resource file.
    assert!(window(folder.path()).is_ok());
    symlink("/sys/bus/pci/drivers/xdma", device.join("driver")).unwrap();
    assert!(text(Via::Vfio).contains("its driver is xdma"), "{}", text(Via::Vfio));
    assert!(text(Via::Vfio).contains("`echo 0000:01:00.0 > /sys/bus/pci/drivers_probe`"));
    std::fs::remove_file(device.join("driver")).unwrap();
    symlink("/sys/bus/pci/drivers/vfio-pci", device.join("driver")).unwrap();
    assert!(text(Via::Auto).contains("it is in no IOMMU group: turn the IOMMU on"));
    assert!(open_at(folder.path(), ADDRESS, 0, Via::Resource).is_ok());
    symlink("/sys/kernel/iommu_groups/7", device.join("iommu_group")).unwrap();
    assert!(
        text(Via::Auto)
            .ends_with("vfio/vfio: there is no such file: is the module vfio-pci loaded?")
    );
    std::fs::create_dir(&vfio).unwrap();
    std::fs::write(vfio.join("vfio"), "").unwrap();
    assert!(
        text(Via::Auto).ends_with("vfio/7: there is no such file: is the module vfio-pci loaded?")
    );
    std::fs::write(vfio.join("7"), "").unwrap();
    let wanted =
        "vfio/vfio: VFIO_GET_API_VERSION failed: Inappropriate ioctl for device (os error 25)";
    assert!(text(Via::Auto).ends_with(wanted), "{}", text(Via::Auto));
    let busy = VfioError::Busy { file: "/dev/vfio/7".into() }.to_string();
    assert!(
        busy.ends_with("another program uses this card, or one of its group: end it"),
        "{busy}"
    );
    let viable = VfioError::NotViable { address: ADDRESS.into(), group: "7".into() }.to_string();
    assert!(viable.contains("bind those to vfio-pci too"), "{viable}");
}
