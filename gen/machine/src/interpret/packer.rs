//! A row packer: cuts one row's operands out of the stream and packs them into words.

use super::operands::bits;
use crate::isa::Mode;

/// The packer of one row.
pub(super) struct RowPacker {
    mode: Mode,
    skip: usize,
    take: usize,
    word: u16,
    filled: usize,
    patch: Vec<u16>,
}

impl RowPacker {
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode, skip: 0, take: 0, word: 0, filled: 0, patch: Vec::new() }
    }

    /// Begins a run: `skip` operands are not this row's, the next `take` are.
    pub(super) fn begin(&mut self, skip: usize, take: usize) {
        (self.skip, self.take) = (skip, take);
    }

    /// Takes what the streamer hands out in a cycle.
    pub(super) fn push(&mut self, data: u16, count: usize) {
        for operand in 0..count {
            if self.skip > 0 {
                self.skip -= 1;
            } else if self.take > 0 {
                self.take -= 1;
                self.append(bits(self.mode, data, operand));
            }
        }
    }

    fn append(&mut self, operand: u16) {
        self.word |= operand << (self.filled * usize::from(self.mode.bits()));
        self.filled += 1;
        if self.filled == self.mode.parts() {
            self.flush();
        }
    }

    /// Writes a partly filled word; its rest is zero bits.
    pub(super) fn flush(&mut self) {
        if self.filled > 0 {
            self.patch.push(self.word);
            (self.word, self.filled) = (0, 0);
        }
    }

    /// The patch.
    pub(super) fn finish(self) -> Vec<u16> {
        self.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_cut_out_and_packed_without_gaps() {
        let mut packer = RowPacker::new(Mode::Word8);
        packer.begin(1, 3);
        packer.push(0x0201, 2);
        packer.push(0x0003, 1);
        packer.push(0x0504, 2);
        packer.begin(0, 2);
        packer.push(0x0706, 2);
        packer.push(0x0908, 2);
        packer.flush();
        packer.flush();
        assert_eq!(packer.finish(), [0x0302, 0x0604, 0x0007]);
    }
}
