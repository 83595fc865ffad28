//! Program, results and decisions in one memory: the program first, then the two others, each at a
//! multiple of its size. The sequencer reads between layers, the decision when the post side is
//! done, and the host when nothing runs.

use bitladder_blocks::BlockError;
use bitladder_machine::isa::memory;
use bitladder_rtl::{BIT, Sig, Ty, address_width, uint};

use super::banks::{Banks, Port, Seen};
use super::config::ControlConfig;
use super::memories::TRANSFER_DATA;

/// Where the parts lie.
#[derive(Clone, Copy)]
struct Places {
    /// The first result.
    results: usize,
    /// The first word of the decision table.
    decisions: usize,
    /// All words.
    depth: usize,
}

impl Places {
    fn of(config: &ControlConfig) -> Places {
        let size = config.result_words.next_power_of_two();
        let results = config.program_words().next_multiple_of(size);
        let end = results + size;
        if config.decision_images == 0 {
            return Places { results, decisions: 0, depth: end };
        }
        let size = config.decision_words().next_power_of_two();
        let decisions = end.next_multiple_of(size);
        Places { results, decisions, depth: decisions + size }
    }
}

/// What the memory's ports are made of.
struct Joined<'a, 'm> {
    banks: &'a Banks<'m>,
    config: &'a ControlConfig,
    places: Places,
    /// A word of all.
    address: Ty,
}

/// A port to write, and the word.
type Write<'m> = (Port<'m>, Sig<'m>);

impl<'m> Joined<'_, 'm> {
    /// Whether there is a decision table.
    fn table(&self) -> bool {
        self.config.decision_images > 0
    }

    /// Where a word of a part lies whose first one is at `base`: a multiple of the part's size, so
    /// that its bits stand beside those of the word.
    fn at(&self, base: usize, word: Sig<'m>) -> Sig<'m> {
        match self.address.width - word.width() {
            0 => word,
            upper => self.banks.m.lit(uint(upper), (base >> word.width()) as u32).cat(word),
        }
    }

    /// The port to read: the host's, which reads results and decisions, or a unit's.
    fn read(&self, program: &Port<'m>, results: &Port<'m>) -> Port<'m> {
        let (host, places) = (&self.banks.host, self.places);
        let own = |base: usize, ty: Ty| self.at(base, host.address.resize(ty.width));
        let decides = match self.table() {
            true => host.select.eq(memory::DECISION),
            false => self.banks.m.lit(BIT, 0),
        };
        let decision = own(places.decisions, self.config.decision_address());
        let asked = decides.mux(decision, own(places.results, self.config.result_address()));
        let result = self.at(places.results, results.address);
        let unit = results.enable.mux(result, self.at(0, program.address));
        let mine = host.read & (decides | host.select.eq(memory::RESULT));
        Port { enable: program.enable | results.enable | mine, address: mine.mux(asked, unit) }
    }

    /// What a unit writes to the part at `base`.
    fn written(&self, name: &str, base: usize, ty: Ty) -> Write<'m> {
        let m = self.banks.m;
        let enable = m.input(&format!("{name}_write_enable"), BIT, "write at this edge");
        let address = m.input(&format!("{name}_write_address"), ty, "where");
        let data = m.input(&format!("{name}_write_data"), TRANSFER_DATA, "what");
        (Port { enable, address: self.at(base, address) }, data)
    }

    /// The port to write: the host's, which writes programs, or that of post or the decision. No
    /// two of them write at one edge.
    fn write(&self) -> Write<'m> {
        let (config, host) = (self.config, &self.banks.host);
        let (mut unit, mut word) =
            self.written("result", self.places.results, config.result_address());
        if self.table() {
            let place = self.places.decisions;
            let (table, decided) = self.written("decision", place, config.decision_address());
            let address = unit.enable.mux(unit.address, table.address);
            word = unit.enable.mux(word, decided);
            unit = Port { enable: unit.enable | table.enable, address };
        }
        let mine = self.banks.host_writes(memory::PROGRAM, host.address, self.address);
        let address = mine.enable.mux(mine.address, unit.address);
        let port = Port { enable: mine.enable | unit.enable, address };
        (port, mine.enable.mux(host.data, word))
    }
}

/// The memory; gives what the host sees of its parts.
pub(super) fn joined<'m>(
    banks: &Banks<'m>,
    config: &ControlConfig,
) -> Result<Vec<Seen<'m>>, BlockError> {
    let places = Places::of(config);
    let joined = Joined { banks, config, places, address: uint(address_width(places.depth)) };
    let program = banks.reader("program", ("address", config.program_address()));
    let results = banks.reader("result_read", ("address", config.result_address()));
    let read = joined.read(&program, &results);
    let (write, value) = joined.write();
    let word = banks.ram("joined", (32, places.depth), &read, &write, value)?;
    banks.m.outputs(&[
        ("program_data", word, "the word read"),
        ("result_read_data", word, "likewise"),
    ]);
    let seen = |code, words, port: &Port<'m>| {
        Seen::new(code, words, word).outside(banks.outside(port, words))
    };
    let mut all = vec![
        seen(memory::PROGRAM, config.program_words(), &program).hidden(false).writable(),
        seen(memory::RESULT, config.result_words, &results),
    ];
    if joined.table() {
        all.push(Seen::new(memory::DECISION, config.decision_words(), word));
    }
    Ok(all)
}
