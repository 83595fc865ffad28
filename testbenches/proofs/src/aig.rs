//! And-inverter graphs, as AIGER files in ASCII hold them.

use thiserror::Error;

/// A file that is not AIGER in ASCII.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("AIGER: line {line}: {problem}; was it written by `write_aiger -ascii -symbols`?")]
pub struct AigError {
    line: usize,
    problem: &'static str,
}

/// A register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latch {
    /// Its literal.
    pub state: u32,
    /// The literal it takes over at each edge.
    pub next: u32,
    /// Its value at the start, if it has one.
    pub start: Option<bool>,
}

/// A graph. A literal is twice a node's number, plus one if inverted; literal 0 is false.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aig {
    /// Nodes, node 0 included.
    pub nodes: usize,
    /// Literals and names of the inputs.
    pub inputs: Vec<(u32, String)>,
    /// Registers.
    pub latches: Vec<Latch>,
    /// Literals of the outputs.
    pub outputs: Vec<u32>,
    /// Gates: the literal of each, and of what it joins; each after those it joins.
    pub ands: Vec<[u32; 3]>,
}

impl Aig {
    /// Reads a file.
    pub fn parse(text: &str) -> Result<Aig, AigError> {
        let mut lines = Lines { lines: text.lines(), line: 0 };
        let header = lines.numbers()?;
        let [most, inputs, latches, outputs, ands] = header[..] else {
            return Err(lines.fault("not the header of a file with ands only"));
        };
        let mut aig = Aig { nodes: most as usize + 1, ..Aig::default() };
        for _ in 0..inputs {
            aig.inputs.push((lines.numbers_of(1)?[0], String::new()));
        }
        for _ in 0..latches {
            let numbers = lines.numbers()?;
            let (state, next, start) = match numbers[..] {
                [state, next] => (state, next, Some(false)),
                [state, next, start] if start < 2 => (state, next, Some(start == 1)),
                [state, next, start] if start == state => (state, next, None),
                _ => return Err(lines.fault("not a register")),
            };
            aig.latches.push(Latch { state, next, start });
        }
        for _ in 0..outputs {
            aig.outputs.push(lines.numbers_of(1)?[0]);
        }
        for _ in 0..ands {
            let numbers = lines.numbers_of(3)?;
            aig.ands.push([numbers[0], numbers[1], numbers[2]]);
        }
        for line in lines.lines {
            // Names of inputs are all that is asked for.
            let Some((place, name)) = line.split_once(' ') else { continue };
            let place = place.strip_prefix('i').and_then(|place| place.parse::<usize>().ok());
            if let Some(input) = place.and_then(|place| aig.inputs.get_mut(place)) {
                input.1 = name.to_owned();
            }
        }
        Ok(aig)
    }
}

struct Lines<'a> {
    lines: std::str::Lines<'a>,
    line: usize,
}

impl Lines<'_> {
    fn fault(&self, problem: &'static str) -> AigError {
        AigError { line: self.line, problem }
    }

    /// The numbers of the next line; a header's word is passed over.
    fn numbers(&mut self) -> Result<Vec<u32>, AigError> {
        self.line += 1;
        let line = self.lines.next().ok_or_else(|| self.fault("the file ends"))?;
        let words = line.strip_prefix("aag ").unwrap_or(line).split(' ');
        let numbers: Result<Vec<u32>, _> = words.map(str::parse).collect();
        numbers.map_err(|_| self.fault("not a number"))
    }

    fn numbers_of(&mut self, count: usize) -> Result<Vec<u32>, AigError> {
        let numbers = self.numbers()?;
        if numbers.len() == count { Ok(numbers) } else { Err(self.fault("too few numbers")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read() {
        let text =
            "aag 5 2 2 1 1\n2\n4\n6 10 6\n8 6 1\n11\n10 4 3\ni0 clk_i\ni1 a_i[0]\no0 bad_o\n";
        let aig = Aig::parse(text).unwrap();
        assert_eq!(aig.inputs, [(2, "clk_i".to_owned()), (4, "a_i[0]".to_owned())]);
        assert_eq!(aig.latches[0], Latch { state: 6, next: 10, start: None });
        assert_eq!(aig.latches[1], Latch { state: 8, next: 6, start: Some(true) });
        assert_eq!((aig.nodes, &aig.outputs[..], &aig.ands[..]), (6, &[11][..], &[[10, 4, 3]][..]));
    }

    #[test]
    fn other_files_are_refused_with_the_line() {
        let told = |text| Aig::parse(text).unwrap_err().to_string();
        assert_eq!(
            told("aig 1 1\n"),
            "AIGER: line 1: not a number; was it written by `write_aiger -ascii -symbols`?"
        );
        assert!(told("aag 1 1 0 0 0\n").contains("line 2: the file ends"));
        assert!(told("aag 1 0 1 0 0\n2 2 7\n").contains("line 2: not a register"));
        assert!(told("aag 1 0 0 0 1\n2 0\n").contains("line 2: too few numbers"));
    }
}
