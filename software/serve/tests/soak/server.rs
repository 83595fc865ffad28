//! The server as a process of its own, and its ends.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::clients::{self, Golden, Tally};
use crate::support::try_http;

/// How long answers are counted on both sides.
const LAST: Duration = Duration::from_secs(2);

/// How often each thing happened.
pub(crate) type Events = BTreeMap<String, u64>;

/// One life of the server, from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Life {
    pub(crate) number: u64,
    pub(crate) address: SocketAddr,
    /// It was killed or asked to end: requests may be cut or refused from here on.
    pub(crate) ending: bool,
}

pub(crate) struct Server {
    jobs: PathBuf,
    seed: u64,
    process: Mutex<Child>,
    life: Mutex<Life>,
    events: Arc<Mutex<Events>>,
}

fn launch(jobs: &PathBuf, seed: u64, events: &Arc<Mutex<Events>>) -> (Child, SocketAddr) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("server").arg(jobs).arg(seed.to_string()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let (ready, wait): (_, Receiver<SocketAddr>) = channel();
    let events = events.clone();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            match line.split_once(' ') {
                Some(("serving", address)) => ready.send(address.parse().unwrap()).unwrap(),
                Some(("event", what)) => {
                    *events.lock().unwrap().entry(what.to_owned()).or_default() += 1;
                }
                _ => println!("{line}"),
            }
        }
    });
    let address = wait.recv_timeout(Duration::from_secs(300)).expect("the server starts");
    (process, address)
}

impl Server {
    pub(crate) fn start(jobs: PathBuf, seed: u64) -> Self {
        let events = Arc::default();
        let (process, address) = launch(&jobs, seed, &events);
        let life = Mutex::new(Life { number: 0, address, ending: false });
        Self { jobs, seed, process: Mutex::new(process), life, events }
    }

    pub(crate) fn life(&self) -> Life {
        *self.life.lock().unwrap()
    }

    pub(crate) fn events(&self) -> Events {
        self.events.lock().unwrap().clone()
    }

    fn count(&self, what: &str) {
        *self.events.lock().unwrap().entry(what.into()).or_default() += 1;
    }

    /// Kills the server as a power cut would, and starts it again.
    pub(crate) fn kill(&self) {
        self.life.lock().unwrap().ending = true;
        let mut process = self.process.lock().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        self.count("the server is killed with SIGKILL, and started again");
        self.restart(&mut process);
    }

    /// Asks the server to end, which answers first what waits, and starts it again.
    pub(crate) fn terminate(&self) {
        self.life.lock().unwrap().ending = true;
        let mut process = self.process.lock().unwrap();
        let status = end(&mut process);
        self.count("the server is asked to end with SIGTERM, and started again");
        assert!(status, "the server did not end well");
        self.restart(&mut process);
    }

    fn restart(&self, process: &mut Child) {
        let number = self.life().number + 1;
        let (child, address) = launch(&self.jobs, self.seed + number, &self.events);
        *process = child;
        *self.life.lock().unwrap() = Life { number, address, ending: false };
    }

    fn answers(&self) -> u64 {
        let metrics = try_http(self.life().address, "GET", "/metrics", "", b"").unwrap();
        let metrics = String::from_utf8(metrics.body).unwrap();
        let name = "bitladder_requests_answered_total ";
        metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse().unwrap()
    }

    /// When all clients are done and no job is left: some more requests, while devices go on
    /// failing, of which the server must count as many answers as arrive. Then the end.
    pub(crate) fn finish(&self, golden: &Golden, tally: &mut Tally) {
        let before = self.answers();
        let last = clients::ask(self, golden, 99, self.seed, Instant::now() + LAST);
        let (sent, got) = (self.answers() - before, last.answered);
        if sent != got {
            tally.wrong.push(format!("the server sent {sent} answers, {got} arrived"));
        }
        tally.add(&last);
        if !end(&mut self.process.lock().unwrap()) {
            tally.wrong.push("the server did not end well".into());
        }
    }
}

/// SIGTERM; whether the process ends by itself and well.
fn end(process: &mut Child) -> bool {
    let id = process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let limit = Instant::now() + Duration::from_secs(60);
    while Instant::now() < limit {
        if let Some(status) = process.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    false
}
