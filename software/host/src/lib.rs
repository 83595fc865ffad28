//! What applications use to drive a machine, whether it is a board or a simulation.
//!
//! | URL | device |
//! |---|---|
//! | `sim:golden` | the interpreter: every result to the bit, no cycles |
//! | `sim:rust?port=bus` | the RTL in the Rust simulation; `port` is `bus`, `uart` or `mailbox` |
//! | `sim:verilator?port=uart` | the emitted Verilog in Verilator |
//! | `uart:/dev/ttyUSB0?baud=3000000` | a board at a serial port; also `timeout_ms` |
//! | `pcie:0000:01:00.0` | a card on PCI Express; also `bar` and `via` |
//!
//! Each takes `config=FILE`, the machine's configuration, and `record=FILE`, where to write the
//! session down; [`replay`] does it again on another device. [`Session`] is the way from images to
//! classes, [`DeviceUrl::open`] the one to a bare [`Device`](bitladder_device::Device).
//!
//! ```
//! use bitladder_host::{DeviceUrl, Session};
//! use bitladder_machine::MachineConfig;
//! use bitladder_package::Package;
//!
//! fn classify(package: Package, pixels: &[f32]) -> Result<(), Box<dyn std::error::Error>> {
//!     let config = MachineConfig::parse("sim-4x4", include_str!("../../../gen/configs/sim-4x4.toml"))?;
//!     let url: DeviceUrl = "sim:golden".parse()?;
//!     let profile = package.profiles[0].name.clone();
//!     let mut session = Session::open(&url, &config, package, 1)?;
//!     for verdict in session.infer(&profile, pixels)? {
//!         println!("class {} with margin {:?}", verdict.class, verdict.margin);
//!     }
//!     Ok(())
//! }
//! # use bitladder_golden::generate::{Limits, random_network};
//! # use bitladder_package::{Preprocess, Profile, Source};
//! # let network = random_network(2, &Limits { widths: vec![8], ..Limits::default() });
//! # let pixels = vec![0.5; network.inputs[0].shape.iter().product()];
//! # let text = String::new;
//! # let package = Package {
//! #     name: "example".into(),
//! #     source: Source { file: text(), sha256: text(), config: text() },
//! #     preprocess: Preprocess::default(),
//! #     classes: Vec::new(),
//! #     softmax: false,
//! #     profiles: vec![Profile { name: "8".into(), accumulator_bits: 40, network }],
//! #     ladder: Vec::new(),
//! # };
//! # classify(package, &pixels)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod open;
mod pcie;
mod record;
mod session;
mod uart;
mod url;

pub use open::{OpenError, Opener};
pub use pcie::{PcieError, PcieWindow, VfioError, Via};
pub use record::{Difference, Record, RecordError, Recorder, ReplayError, replay};
pub use session::{Session, SessionError, Verdict, Work};
pub use uart::{UartError, UartPort};
pub use url::{DeviceUrl, Engine, Port, Target, UrlError};
