//! Accuracies of LeNet on MNIST: papers 002 and 004.

use bitladder_network::{QuantNetwork, QuantOp};
use bitladder_quantize::{CodeStatistics, LayerFormat};
use bitladder_study::energy::Dram;

use crate::inputs::{NOT_MEASURED, Subject, weights};
use crate::{Inputs, ReproduceError, Row, Sheet, trained};

/// Vector lengths of paper 002; 0 is the full dimension.
const LENGTHS: [u32; 7] = [2, 4, 8, 16, 32, 64, 0];

/// Percent right per format of paper 004, and the note that belongs to them.
pub(crate) fn accuracies(
    inputs: &Inputs,
    formats: &[&str],
) -> Result<(Vec<Option<f64>>, String), ReproduceError> {
    let Some(subject) = inputs.subject()? else {
        return Ok((vec![None; formats.len()], NOT_MEASURED.into()));
    };
    let of = |format: &&str| match *format {
        "float" => subject.float_accuracy().map(Some),
        // There is no fixed point of 32 bits here.
        "32" => Ok(None),
        _ => in_format(subject, format).map(Some),
    };
    Ok((formats.iter().map(of).collect::<Result<_, _>>()?, subject.told()))
}

/// Table III of paper 002.
pub(crate) fn coded(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut sheet = sheet("Table III: LeNet on MNIST", &["weights", "training after it"]);
    let subject = sheet.subject(inputs)?;
    let float = subject.map(Subject::float_accuracy).transpose()?;
    let formats = [
        ("nearest factor, least squares", "qsq.c16.o4"),
        ("nearest factor, equation 9", "qsq.c16.o4.eq9"),
        ("thresholds, least squares", "qsq.c16.o4.d150g30"),
        ("thresholds, equation 9", "qsq.c16.o4.d150g30.eq9"),
    ];
    sheet.rows.push(Row::new(["float", "-"], Some(98.68), float));
    for (name, format) in formats {
        let ours = subject.map(|subject| in_format(subject, format)).transpose()?;
        sheet.rows.push(Row::new([&format!("3-bit code, {name}"), "none"], Some(97.59), ours));
    }
    for (epochs, paper, run) in [
        ("5 epochs, FC only", 98.35, trained::FIVE_EPOCHS),
        ("20 epochs, FC only", 98.55, trained::TWENTY_EPOCHS),
    ] {
        let name = "3-bit code, nearest factor, equation 9";
        sheet.rows.push(Row::new([name, epochs], Some(paper), trained::lenet(run)));
    }
    for (name, format, epochs) in [
        ("3-bit code, nearest factor, equation 9 with O = 2.5", "qsq9:2.5a8", "2 epochs, FC only"),
        ("3-bit code, nearest factor, least squares", "qsqa8", "1 epoch, FC only"),
    ] {
        sheet.rows.push(Row::new([name, epochs], None, trained::lenet(format)));
    }
    sheet.notes.push(
        "The paper names neither its vectors nor its thresholds; ours are vectors of 16 along \
         channels, delta = 1.5 and gamma = 0.3, fixed beforehand, and its one accuracy stands \
         beside every reading. Equations 9 and 10 taken together as printed make weights too \
         small, layer by layer, until the accuracy is that of a guess: with O = 4 the scalar is a \
         quarter of the mean magnitude, but two thirds of Gaussian weights get the factor 0 or 1."
            .into(),
    );
    sheet.notes.push(trained::SOURCE.into());
    Ok(sheet)
}

/// Figure 7 of paper 002: O in {1, 2, 4}.
pub(crate) fn levels(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut sheet = sheet("Figure 7: accuracy over levels", &["largest factor O", "scalar"]);
    let subject = sheet.subject(inputs)?;
    for largest in [1, 2, 4] {
        for (name, rule) in [("least squares", ""), ("equation 9", ".eq9")] {
            let format = format!("qsq.c16.o{largest}{rule}");
            let ours = subject.map(|subject| in_format(subject, &format)).transpose()?;
            sheet.rows.push(Row::new([&largest.to_string(), name], None, ours));
        }
    }
    sheet.notes.push("The paper draws its accuracies without numbers.".into());
    Ok(sheet)
}

/// Figure 8 of paper 002: vector lengths, along channels and filters.
pub(crate) fn vectors(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut sheet = sheet("Figure 8: accuracy over vector lengths", &["vectors", "N"]);
    let subject = sheet.subject(inputs)?;
    for (axis, name) in [("c", "along channels"), ("f", "along filters")] {
        for length in LENGTHS {
            let format = format!("qsq.{axis}{length}.o4");
            let ours = subject.map(|subject| in_format(subject, &format)).transpose()?;
            let length = if length == 0 { "all".into() } else { length.to_string() };
            sheet.rows.push(Row::new([name, &length], None, ours));
        }
    }
    sheet.notes.push(
        "The paper draws ConvNet on CIFAR-10 without numbers; ours is the network named above."
            .into(),
    );
    Ok(sheet)
}

/// Figure 10 of paper 002: energy of fetching the weights.
pub(crate) fn fetches(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let headings = ["code", "quantity"];
    let mut sheet = sheet("Figure 10: energy of fetching weights against accuracy", &headings);
    let subject = sheet.subject(inputs)?;
    let dram = Dram::shipped()?;
    for (bits, largest) in [(2, 1), (3, 4)] {
        for length in LENGTHS {
            let format = format!("qsq.c{length}.o{largest}a8");
            let made = subject.map(|subject| measured(subject, &format)).transpose()?;
            let (accuracy, energy) = match made {
                None => (None, None),
                Some((accuracy, network)) => {
                    (Some(accuracy), Some(dram.picojoules(code_bits(&network, bits)) / 1e6))
                }
            };
            let length = if length == 0 { "all".into() } else { length.to_string() };
            let name = format!("{bits} bits, N = {length}");
            sheet.rows.push(Row::new([&name, "accuracy (%)"], None, accuracy));
            sheet.rows.push(Row::new([&name, "energy (uJ)"], None, energy));
        }
    }
    sheet.notes.push(
        "Energy: codes, and a scalar of 32 bits per vector, at 6400 pJ per 32 bits from DRAM. The \
         paper draws ConvNet on CIFAR-10 without numbers."
            .into(),
    );
    Ok(sheet)
}

fn code_bits(network: &QuantNetwork, bits: u64) -> u64 {
    weights(network).map(|w| bits * w.codes().len() as u64 + 32 * w.scalars().len() as u64).sum()
}

/// Figure 11 of paper 002: non-zero digits, and accuracy with the most significant ones alone.
pub(crate) fn digits(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let headings = ["weights", "digits", "quantity"];
    let mut sheet = sheet("Figure 11: signed digits of weights", &headings);
    let Some(subject) = sheet.subject(inputs)? else { return Ok(sheet) };
    for format in ["16", "8"] {
        let made = subject.made(format.parse::<LayerFormat>().map_err(bad_format)?)?;
        let network = made.profile.network;
        let mut counts = CodeStatistics::default();
        weights(&network).for_each(|weights| counts.add(weights));
        let name = format!("{format} bits");
        for (digits, count) in counts.digits.iter().enumerate() {
            let share = 100.0 * *count as f64 / counts.weights.max(1) as f64;
            let labels = [name.as_str(), &digits.to_string(), "share of weights (%)"];
            sheet.rows.push(Row::new(labels, None, Some(share)));
        }
        let mean = counts.mean_digits();
        sheet.rows.push(Row::new([&name, "mean", "digits per weight"], None, Some(mean)));
        for digits in 1..=4u8 {
            let accuracy = subject.accuracy(&kept(&network, digits))?;
            let labels = [name.as_str(), &digits.to_string(), "accuracy with so many kept (%)"];
            sheet.rows.push(Row::new(labels, None, Some(accuracy)));
        }
    }
    sheet.notes.push(
        "Canonic signed digits; what is kept is what the machine's `--quality` keeps. The paper \
         draws AlexNet without numbers."
            .into(),
    );
    Ok(sheet)
}

/// A network with the most significant digits of its weights alone.
fn kept(network: &QuantNetwork, digits: u8) -> QuantNetwork {
    let mut network = network.clone();
    for layer in &mut network.layers {
        if let QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } = &mut layer.op {
            // Codings that have no digits to drop stay as they are.
            if let Ok(fewer) = linear.weights.clone().with_quality(digits) {
                linear.weights = fewer;
            }
        }
    }
    network
}

fn in_format(subject: &Subject, format: &str) -> Result<f64, ReproduceError> {
    measured(subject, format).map(|(accuracy, _)| accuracy)
}

fn measured(subject: &Subject, format: &str) -> Result<(f64, QuantNetwork), ReproduceError> {
    let network = subject.made(format.parse().map_err(bad_format)?)?.profile.network;
    Ok((subject.accuracy(&network)?, network))
}

fn bad_format(error: bitladder_quantize::QuantizeError) -> ReproduceError {
    bitladder_flow::FlowError::from(Box::new(error)).into()
}

fn sheet(title: &str, headings: &[&'static str]) -> Sheet {
    Sheet {
        title: format!("Quality-scalable code, {title}"),
        headings: headings.to_vec(),
        digits: 2,
        rows: vec![],
        notes: vec![],
    }
}

impl Sheet {
    /// The subject, with a note on it or on its absence.
    pub(crate) fn subject<'a>(
        &mut self,
        inputs: &'a Inputs,
    ) -> Result<Option<&'a Subject>, ReproduceError> {
        let subject = inputs.subject()?;
        self.notes.push(subject.map_or(NOT_MEASURED.into(), Subject::told));
        Ok(subject)
    }
}
