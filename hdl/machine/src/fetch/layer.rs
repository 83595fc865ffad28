//! The fields of a layer that the fetch side reads: those of its descriptor, held still from
//! `start` to `done`.

use bitladder_rtl::{BIT, Bundle, BundlePort, Instance, ModuleBuilder, Sig, Ty, uint};

use super::config::FetchPlan;

type Field = (&'static str, Ty, &'static str);

/// Fields that say where activations lie.
fn addresses(plan: &FetchPlan) -> Vec<Field> {
    let word = plan.address();
    vec![
        ("input_base", word, "word of the first pixel"),
        ("pixel_words", word, "words from pixel to pixel; 0: operands are dense over a row"),
        ("image_words", word, "words from image to image"),
        ("row_step", word, "stride_y * row_words"),
        ("tap_row_step", word, "dilation_y * row_words"),
        ("pixel_step", word, "stride_x * pixel_words"),
        ("tap_pixel_step", plan.tap_step(), "the same of the descriptor; `tap_step` if dense"),
        ("lead", word, "pad_top * row_words + pad_left * pixel_words"),
    ]
}

fn geometry(plan: &FetchPlan) -> Vec<Field> {
    let (extent, step, gap) = (plan.extent(), plan.stride(), uint(8));
    vec![
        ("input_height", extent, "rows of an image"),
        ("input_width", extent, "pixels of a row"),
        ("kernel_height", extent, "rows of the window"),
        ("kernel_width", extent, "columns of the window"),
        ("stride_y", step, "rows from window to window"),
        ("stride_x", step, "pixels from window to window"),
        ("dilation_y", gap, "rows from tap to tap"),
        ("dilation_x", gap, "pixels from tap to tap"),
        ("pad_top", extent, "rows above the image"),
        ("pad_left", extent, "pixels left of the image"),
        ("output_height", extent, "rows of a result"),
        ("output_width", extent, "pixels of a row of a result"),
        ("total_pixels", plan.pixels(), "pixels of all results"),
        ("taps_apart", BIT, "each tap is a run of its own"),
    ]
}

fn operands(plan: &FetchPlan) -> Vec<Field> {
    let count = plan.operands();
    vec![
        ("mode", uint(2), "operands per word"),
        ("flip", BIT, "invert the top bit of each operand"),
        ("padding_value", uint(16), "operand outside the image, before `flip`"),
        ("input_offset", plan.offset(), "operand of a pixel's first word where channels begin"),
        ("channels", count, "operands read of each pixel"),
        ("step", count, "stride_x * channels"),
        ("take", count, "operands a row takes of a run"),
        ("lead_operands", count, "pad_left * channels"),
        ("row_operands", count, "input_width * channels"),
    ]
}

fn passes(plan: &FetchPlan) -> Vec<Field> {
    vec![
        ("weight_kind", uint(2), "how weights are coded"),
        ("patch_words", uint(plan.patch_address().width + 1), "words of a patch"),
        ("passes", plan.pass(), "column tiles"),
        ("tiles", plan.pixels(), "tiles of `rows` pixels"),
        ("last_rows", uint(8), "rows that work in the last tile"),
        ("nested", BIT, "weights are a store of 16 bits in parts"),
        ("quality", uint(5), "signed digits kept of each weight; 0 keeps all"),
        ("pass_groups", uint(16), "groups of weight memory per pass"),
        ("weight_base", plan.weight_address(), "first group of the weights"),
        ("scalar_base", plan.scalar_address(), "first entry of the scalars"),
        ("vector_length", uint(16), "words that share a scalar"),
    ]
}

/// Fields of a layer as ports of the module under construction, called `layer_...`.
pub(crate) struct Layer<'m> {
    fields: BundlePort<'m>,
    /// A zero, where no rows are dense.
    never_dense: Option<Sig<'m>>,
}

impl<'m> Layer<'m> {
    /// Places the fields named; they are listed in the order of the tables above.
    pub(crate) fn place(m: &'m ModuleBuilder, plan: &FetchPlan, names: &[&str]) -> Layer<'m> {
        let all = [addresses(plan), geometry(plan), operands(plan), passes(plan)].concat();
        let wanted = all.iter().filter(|(name, ..)| names.contains(name));
        let bundle =
            wanted.fold(Bundle::new(), |bundle, (name, ty, doc)| bundle.forward(name, *ty, doc));
        let never_dense = (!plan.config().dense).then(|| m.lit(BIT, 0));
        let layer = Layer { fields: m.sink("layer", &bundle), never_dense };
        if never_dense.is_some() {
            let dense = ["pixel_words", "row_operands", "lead_operands"];
            let placed = dense.into_iter().filter(|name| names.contains(name));
            placed.for_each(|name| m.ignore(layer.get(name)));
        }
        layer
    }

    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> Sig<'m> {
        self.fields.get(name).expect("modules read the fields they placed")
    }

    /// Hands fields on to an instance.
    pub(crate) fn connect(&self, instance: Instance<'m>, names: &[&str]) {
        for name in names {
            instance.connect(&format!("layer_{name}"), self.get(name));
        }
    }

    /// One bit: the operands of a row follow each other without gaps.
    pub(crate) fn dense(&self) -> Sig<'m> {
        self.never_dense.unwrap_or_else(|| !self.get("pixel_words").reduce_or())
    }
}
