//! Devices by URL.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::Via;

/// What a URL names, and how to reach it. The crate's page lists what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceUrl {
    /// What runs programs.
    pub target: Target,
    /// File of the machine's configuration, where the URL names one.
    pub config: Option<PathBuf>,
    /// Where to record the session.
    pub record: Option<PathBuf>,
}

/// What runs programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A simulation in this process.
    Simulation {
        /// What simulates.
        engine: Engine,
        /// What lies between it and the host.
        port: Port,
    },
    /// A board at a serial port.
    Uart {
        /// The port's file.
        path: PathBuf,
        /// Bits per second; the configuration's by default.
        baud: Option<u32>,
        /// How long the board may say nothing before a request is sent again.
        timeout: Duration,
    },
    /// A card on PCI Express.
    Pcie {
        /// Domain, bus, device and function: `0000:01:00.0`.
        address: String,
        /// Which of its base address registers holds the mailbox.
        bar: u8,
        /// How its memory is reached.
        via: Via,
    },
}

/// What simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The interpreter: every result to the bit, no cycles.
    Golden,
    /// The RTL in the Rust simulation.
    Rust,
    /// The emitted Verilog in Verilator.
    Verilator,
}

/// What lies between a simulated machine and the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Its register bus.
    Bus,
    /// A serial line with packets.
    Uart,
    /// A mailbox with packets.
    Mailbox,
}

/// How long a board may say nothing, unless the URL says otherwise: USB adapters keep bytes for
/// some milliseconds, and a busy host looks late.
const TIMEOUT: Duration = Duration::from_millis(200);

const ENGINES: [(&str, Engine); 3] =
    [("golden", Engine::Golden), ("rust", Engine::Rust), ("verilator", Engine::Verilator)];
const VIAS: [(&str, Via); 3] =
    [("auto", Via::Auto), ("resource", Via::Resource), ("vfio", Via::Vfio)];
const PORTS: [(&str, Port); 3] =
    [("bus", Port::Bus), ("uart", Port::Uart), ("mailbox", Port::Mailbox)];

/// A URL that names no device.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// No known beginning.
    #[error(
        "`{url}` names no device: write `sim:golden`, `uart:/dev/ttyUSB0` or `pcie:0000:01:00.0`"
    )]
    Scheme {
        /// The URL.
        url: String,
    },
    /// A simulation nobody knows.
    #[error("`{url}`: there is no simulation `{name}`; write golden, rust or verilator")]
    Engine {
        /// The URL.
        url: String,
        /// What was asked for.
        name: String,
    },
    /// A serial port without a file, or no PCI address.
    #[error("`{url}`: `{found}` is no {wanted}")]
    Place {
        /// The URL.
        url: String,
        /// What it says.
        found: String,
        /// What it should say.
        wanted: &'static str,
    },
    /// An option that does not belong here.
    #[error("`{url}`: unknown option `{key}`; there are {known}")]
    Option {
        /// The URL.
        url: String,
        /// The option.
        key: String,
        /// Those there are.
        known: String,
    },
    /// An option with a value that makes no sense.
    #[error("`{url}`: option `{key}` is `{value}`, allowed is {allowed}")]
    Value {
        /// The URL.
        url: String,
        /// The option.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
}

/// Options that were not asked for yet.
struct Options<'a> {
    url: &'a str,
    left: BTreeMap<&'a str, &'a str>,
    known: Vec<&'static str>,
}

impl<'a> Options<'a> {
    fn new(url: &'a str, query: &'a str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let left = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        Self { url, left, known: Vec::new() }
    }

    fn take(&mut self, key: &'static str) -> Option<&'a str> {
        self.known.push(key);
        self.left.remove(key)
    }

    fn path(&mut self, key: &'static str) -> Result<Option<PathBuf>, UrlError> {
        match self.take(key) {
            Some("") => Err(self.wrong(key, "", "the name of a file")),
            path => Ok(path.map(PathBuf::from)),
        }
    }

    fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
        allowed: &'static str,
    ) -> Result<Option<u32>, UrlError> {
        let Some(text) = self.take(key) else { return Ok(None) };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(key, text, allowed)),
        }
    }

    fn wrong(&self, key: &'static str, value: &str, allowed: &'static str) -> UrlError {
        UrlError::Value { url: self.url.into(), key, value: value.into(), allowed }
    }

    /// Refuses what nobody asked for.
    fn finish(self) -> Result<(), UrlError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(key) => Err(UrlError::Option {
                url: self.url.into(),
                key: (*key).into(),
                known: self.known.join(", "),
            }),
        }
    }
}

impl FromStr for DeviceUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        let (rest, query) = url.split_once('?').unwrap_or((url, ""));
        let mut options = Options::new(url, query);
        let config = options.path("config")?;
        let record = options.path("record")?;
        let target = match rest.split_once(':') {
            Some(("sim", name)) => simulation(name, &mut options)?,
            Some(("uart", path)) => uart(path, &mut options)?,
            Some(("pcie", address)) => pcie(address, &mut options)?,
            _ => return Err(UrlError::Scheme { url: url.into() }),
        };
        options.finish()?;
        Ok(Self { target, config, record })
    }
}

fn simulation(name: &str, options: &mut Options) -> Result<Target, UrlError> {
    let named = ENGINES.iter().find(|(known, _)| *known == name);
    let Some((_, engine)) = named else {
        return Err(UrlError::Engine { url: options.url.into(), name: name.into() });
    };
    let text = options.take("port").unwrap_or("bus");
    let port = PORTS.iter().find(|(known, _)| *known == text);
    let packets = *engine != Engine::Golden;
    match port {
        Some((_, port)) if packets || *port == Port::Bus => {
            Ok(Target::Simulation { engine: *engine, port: *port })
        }
        Some(_) => Err(options.wrong("port", text, "bus: the golden model has no pins")),
        None => Err(options.wrong("port", text, "bus, uart or mailbox")),
    }
}

fn uart(path: &str, options: &mut Options) -> Result<Target, UrlError> {
    if path.is_empty() {
        let wanted = "file of a serial port";
        return Err(UrlError::Place { url: options.url.into(), found: path.into(), wanted });
    }
    let baud = options.number("baud", 300..=20_000_000, "300 to 20000000")?;
    let timeout = options.number("timeout_ms", 1..=60_000, "1 to 60000")?;
    let timeout = timeout.map_or(TIMEOUT, |ms| Duration::from_millis(ms.into()));
    Ok(Target::Uart { path: path.into(), baud, timeout })
}

fn pcie(address: &str, options: &mut Options) -> Result<Target, UrlError> {
    if !is_pci_address(address) {
        let wanted = "PCI address such as 0000:01:00.0 (see `lspci -D`)";
        return Err(UrlError::Place { url: options.url.into(), found: address.into(), wanted });
    }
    let bar = options.number("bar", 0..=5, "0 to 5")?.unwrap_or(0);
    let text = options.take("via").unwrap_or("auto");
    let via = VIAS.iter().find(|(known, _)| *known == text);
    let (_, via) = via.ok_or_else(|| options.wrong("via", text, "auto, resource or vfio"))?;
    Ok(Target::Pcie { address: address.into(), bar: bar as u8, via: *via })
}

/// Whether a text is `dddd:bb:dd.f` in hexadecimal. As it becomes part of a path, nothing else may.
fn is_pci_address(text: &str) -> bool {
    let pattern = "hhhh:hh:hh.f";
    let fits = |(byte, pattern): (u8, u8)| match pattern {
        b'h' => byte.is_ascii_hexdigit(),
        b'f' => (b'0'..=b'7').contains(&byte),
        other => byte == other,
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
}

fn name<T: PartialEq>(table: &[(&'static str, T)], wanted: &T) -> &'static str {
    table.iter().find(|(_, value)| value == wanted).map_or("", |(name, _)| name)
}

impl fmt::Display for DeviceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = Vec::new();
        match &self.target {
            Target::Simulation { engine, port } => {
                write!(f, "sim:{}", name(&ENGINES, engine))?;
                options.push(format!("port={}", name(&PORTS, port)));
            }
            Target::Uart { path, baud, timeout } => {
                write!(f, "uart:{}", path.display())?;
                options.extend(baud.map(|baud| format!("baud={baud}")));
                options.push(format!("timeout_ms={}", timeout.as_millis()));
            }
            Target::Pcie { address, bar, via } => {
                write!(f, "pcie:{address}")?;
                options.push(format!("bar={bar}"));
                options.extend((*via != Via::Auto).then(|| format!("via={}", name(&VIAS, via))));
            }
        }
        for (key, path) in [("config", &self.config), ("record", &self.record)] {
            options.extend(path.as_ref().map(|path| format!("{key}={}", path.display())));
        }
        write!(f, "?{}", options.join("&"))
    }
}
