//! What a soak came to, as a page.

use std::fmt::Write;

use crate::Settings;
use crate::clients::Tally;
use crate::server::Events;

pub(crate) fn report(settings: &Settings, tally: &Tally, events: &Events) -> String {
    let mut text = String::from("# A soak with faults\n\nMade by\n\n    ./x soak");
    if settings.seconds != 600 {
        write!(text, " {}", settings.seconds).unwrap();
    }
    write!(
        text,
        "\n\n(`software/serve/tests/soak`; a short one is among the tests): {} seconds, seed {}. A \
         server as a process of its own, two\ngolden devices that fail and one machine in Verilator \
         behind a bad serial line (60 in a million bytes each inverted,\ndropped, doubled and \
         inserted; the bit rate 1 % off), twelve clients that wait for their answers and three that \
         submit\ndurable jobs. Every answer is compared with the golden model's at the precision \
         that it names.\n\n",
        settings.seconds, settings.seed
    )
    .unwrap();
    text += "| what was done | how often |\n|---|---|\n";
    for (what, count) in events {
        writeln!(text, "| {what} | {count} |").unwrap();
    }
    text += "\n| what clients saw | how often |\n|---|---|\n";
    let refused = |status: u16| tally.refused.get(&status).copied().unwrap_or(0);
    let rows = [
        ("requests sent", tally.sent),
        ("answered, as the golden model", tally.answered),
        ("refused: the queue is full (429)", refused(429)),
        ("refused: every attempt failed, or the server ends (503)", refused(503)),
        ("refused: nobody answered in time (504)", refused(504)),
        ("cut while the server was killed or started", tally.cut),
        ("jobs accepted", tally.jobs_accepted),
        ("jobs done, as the golden model", tally.jobs_done),
        ("jobs whose devices failed too often", tally.jobs_failed),
        ("lost, doubled or wrong", tally.wrong.len() as u64),
    ];
    for (what, count) in rows {
        writeln!(text, "| {what} | {count} |").unwrap();
    }
    text + "\nLost is a request that is neither answered nor refused within two minutes while the server \
            lives, and an accepted job\nthat is not done at the end; doubled is an answer to another \
            request, an answer more than the server counts, and a job\nthat comes again after it was \
            removed.\n"
}
