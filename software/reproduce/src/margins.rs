//! Paper 001's figures on a network and images that are at hand.

use bitladder_package::Preprocess;
use bitladder_quantize::LayerFormat;
use bitladder_study::characterize::{Characterization, Score, Wanted, Width, characterize};
use bitladder_study::energy::PowerTable;

use crate::{Inputs, ReproduceError, Row, Sheet};

/// The widths of the hardware.
const WIDTHS: [u8; 3] = [16, 8, 4];

const OTHER: &str = "The paper has CaffeNet and CNN-M on ImageNet, which are not at hand, and draws \
                     its values without numbers; the method is the same.";

/// Figures 2 and 5: the least correct width.
pub(crate) fn figure_two(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut sheet = sheet("Figure 2: least correct width", &["width", "quantity"]);
    let Some(found) = study(&mut sheet, inputs)? else { return Ok(sheet) };
    for bar in &found.histogram.bars {
        let share = Some(100.0 * bar.share);
        sheet.rows.push(Row::new([&bar.width, "share of images (%)"], None, share));
    }
    sheet.notes.push(format!("A ladder over these bars: {}.", found.merged.shape()));
    Ok(sheet)
}

/// Figure 6: margins of easy and difficult images.
pub(crate) fn figure_six(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut sheet = sheet("Figure 6: score margins", &["width", "images", "quantity"]);
    let Some(found) = study(&mut sheet, inputs)? else { return Ok(sheet) };
    for margins in &found.margins {
        for (name, spread) in [("easy", margins.easy), ("difficult", margins.difficult)] {
            let name = format!("{name} ({})", spread.images);
            let width = margins.width.as_str();
            sheet.rows.push(Row::new([width, &name, "mean"], None, Some(spread.mean)));
            let deviation = Some(spread.deviation);
            sheet.rows.push(Row::new([width, &name, "deviation"], None, deviation));
        }
    }
    sheet.digits = 3;
    Ok(sheet)
}

/// Figure 7: accuracy and energy over thresholds on probabilities.
pub(crate) fn figure_seven(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut sheet = sheet("Figure 7: accuracy and energy over thresholds", &["Th", "quantity"]);
    let Some(found) = study(&mut sheet, inputs)? else { return Ok(sheet) };
    let full = PowerTable::shipped()?.milliwatts(WIDTHS[0])?;
    for point in &found.probability_curve {
        let threshold = format!("{:.3}", point.threshold);
        let accuracy = Some(100.0 * point.climbed.accuracy() / found.float[1]);
        let energy = Some(100.0 * point.climbed.milliwatts / full);
        sheet.rows.push(Row::new([&threshold, "accuracy (% of float)"], None, accuracy));
        sheet.rows.push(Row::new([&threshold, "energy (% of 16 bit)"], None, energy));
    }
    sheet.notes.push(format!(
        "On the validation images, over the widths of the merged histogram. Verdict at a loss of \
         0.3 %: {}.",
        found.verdict
    ));
    if let Some(best) = found.verdict.recommended() {
        sheet.notes.push(format!(
            "On the test images it takes {:.2} % of the energy of 16 bits at a loss of {:.2} points \
             ({:.2} to {:.2}).",
            100.0 * best.test.milliwatts / full,
            100.0 * best.test.loss.value,
            100.0 * best.test.loss.low,
            100.0 * best.test.loss.high
        ));
    }
    Ok(sheet)
}

/// The study that all three figures show, made once.
fn study<'a>(
    sheet: &mut Sheet,
    inputs: &'a Inputs,
) -> Result<Option<&'a Characterization>, ReproduceError> {
    let Some(subject) = sheet.subject(inputs)? else { return Ok(None) };
    if let Some(known) = subject.study.get() {
        return Ok(Some(known));
    }
    let width = |bits: u8| Width { name: bits.to_string(), format: LayerFormat::fixed(bits) };
    let wanted = Wanted {
        widths: WIDTHS.map(width).to_vec(),
        trained: vec![],
        seed: Some(1),
        least_bar: 0.01,
        loss: 0.003,
        sure: false,
        score: Score::Logits,
        power: &PowerTable::shipped()?,
        state: None,
        threads: inputs.threads,
    };
    let preprocess = Preprocess::default();
    let progress = &mut |_: &str, _| {};
    let (found, _) = characterize(&subject.model, &subject.sets, &preprocess, &wanted, progress)?;
    Ok(Some(subject.study.get_or_init(|| found)))
}

fn sheet(title: &str, headings: &[&'static str]) -> Sheet {
    Sheet {
        title: format!("Dynamic bit width, {title}"),
        headings: headings.to_vec(),
        digits: 2,
        rows: vec![],
        notes: vec![OTHER.into()],
    }
}
