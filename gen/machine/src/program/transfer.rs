//! Numbers as the machine's words, and back.

use bitladder_golden::{GoldenError, IntBatch, classify};
use bitladder_spec::decision::TopTwo;
use thiserror::Error;

use super::Program;
use crate::compile::TensorLayout;
use crate::isa::{DECISION_WORDS, decision};

/// Inputs or results that do not suit a program.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Too few or too many inputs.
    #[error("program `{program}` takes {wanted} input(s), {found} given")]
    Inputs {
        /// The program.
        program: String,
        /// Inputs it takes.
        wanted: usize,
        /// Inputs given.
        found: usize,
    },
    /// A batch of another size or shape.
    #[error(
        "input `{input}`: {images} image(s) of shape {found:?} given, the program was compiled for \
         {batch} of {} values", .wanted.iter().product::<usize>()
    )]
    Shape {
        /// The input.
        input: String,
        /// Images given.
        images: usize,
        /// Their shape.
        found: Vec<usize>,
        /// Images of a batch.
        batch: usize,
        /// Channels, rows and columns.
        wanted: [usize; 3],
    },
    /// An integer outside its type.
    #[error("input `{input}` holds {value} at position {index}, outside {ty}")]
    Range {
        /// The input.
        input: String,
        /// The integer.
        value: i32,
        /// Where it is.
        index: usize,
        /// The input's type.
        ty: String,
    },
    /// Too few words from the machine.
    #[error("{what}: {found} words read, {wanted} are needed")]
    Short {
        /// The memory.
        what: &'static str,
        /// Words read.
        found: usize,
        /// Words needed.
        wanted: usize,
    },
    /// Results that are no batch.
    #[error(transparent)]
    Golden(#[from] GoldenError),
}

impl Program {
    /// The words of an input, to be written from its layout's base on. Nothing for an input that
    /// nothing reads.
    pub fn input_words(&self, input: usize, batch: &IntBatch) -> Result<Vec<u16>, LoadError> {
        let Some(layout) = self.inputs.get(input).and_then(Option::as_ref) else {
            return Ok(Vec::new());
        };
        let dims = layout.dims;
        let [channels, height, width] = dims.list();
        let suits = batch.images() == self.batch && batch.size() == channels * height * width;
        if !suits {
            return Err(LoadError::Shape {
                input: layout.name.clone(),
                images: batch.images(),
                found: batch.shape().to_vec(),
                batch: self.batch,
                wanted: dims.list(),
            });
        }
        check_range(layout, batch)?;
        let mut words = vec![0; layout.image_words * self.batch];
        let mask = ((1u32 << layout.mode.bits()) - 1) as u16;
        for image in 0..self.batch {
            for (index, value) in batch.image(image).iter().enumerate() {
                let (channel, y, x) =
                    (index / (height * width), index / width % height, index % width);
                let (word, operand) = layout.place(image, [channel, y, x]);
                let bits = *value as u16 & mask;
                words[word] |= bits << (operand * usize::from(layout.mode.bits()));
            }
        }
        Ok(words)
    }

    /// The result in the network's shape, from the words of result memory.
    pub fn read_results(&self, words: &[u32]) -> Result<IntBatch, LoadError> {
        let [channels, height, width] = self.result.dims.list();
        let size = channels * height * width;
        let wanted = size * self.batch;
        if words.len() < wanted {
            return Err(LoadError::Short { what: "results", found: words.len(), wanted });
        }
        let mut data = Vec::with_capacity(wanted);
        for image in words[..wanted].chunks(size.max(1)) {
            let places = (0..channels)
                .flat_map(|c| (0..height * width).map(move |pixel| pixel * channels + c));
            data.extend(places.map(|place| image[place] as i32));
        }
        Ok(IntBatch::new(self.batch, self.result.shape.clone(), data)?)
    }

    /// Whether results are ranked by the host: the machine was built without what does that.
    pub fn host_decides(&self) -> bool {
        self.result.decided && self.config.memory.decision_images == 0
    }

    /// The decisions that a host makes from results: what the machine's would be.
    pub fn rank(results: &IntBatch) -> Vec<TopTwo> {
        classify(results).into_iter().flatten().collect()
    }

    /// The decisions, from the words of the decision table. Nothing where the machine does not
    /// decide.
    pub fn read_decisions(&self, words: &[u32]) -> Result<Vec<TopTwo>, LoadError> {
        if !self.result.decided {
            return Ok(Vec::new());
        }
        let wanted = self.batch * DECISION_WORDS;
        if words.len() < wanted {
            return Err(LoadError::Short { what: "decisions", found: words.len(), wanted });
        }
        Ok(words[..wanted].chunks(DECISION_WORDS).map(top_two).collect())
    }
}

fn top_two(words: &[u32]) -> TopTwo {
    let second = decision::SECOND.extract(words) as usize;
    let first_logit = decision::FIRST_LOGIT.extract(words) as u32 as i32;
    let logit = i64::from(first_logit) - decision::MARGIN.extract(words);
    let second = (second != 0xffff).then_some((second, logit as i32));
    TopTwo { first: decision::FIRST.extract(words) as usize, first_logit, second }
}

fn check_range(layout: &TensorLayout, batch: &IntBatch) -> Result<(), LoadError> {
    let span = layout.ty.span();
    match batch.data().iter().position(|value| !span.contains(i64::from(*value))) {
        Some(index) => Err(LoadError::Range {
            input: layout.name.clone(),
            value: batch.data()[index],
            index,
            ty: layout.ty.to_string(),
        }),
        None => Ok(()),
    }
}
