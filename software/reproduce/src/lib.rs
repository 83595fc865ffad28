//! The tables and figures of the papers, regenerated beside the printed values.
//!
//! [`all`] lists them; each makes [`Files`]: a page of Markdown, a CSV and a drawing with the
//! paper's values, ours and the residual. Where data or time to train is missing, the page says
//! what. The papers:
//!
//! | prefix | paper |
//! |---|---|
//! | `pit` | Coordinated DVFS and Precision Control for Deep Neural Networks |
//! | `001` | Dynamic bit width by score margin |
//! | `002` | Quality-scalable quantisation and signed digits |
//! | `003` | Hybrid networks by principal components |
//! | `004` | Impact of precision on accuracy and energy |

mod breakdown;
mod cascade;
mod codes;
mod error;
mod files;
mod hybrid;
mod inputs;
mod lenet;
mod margins;
mod pit;
mod sheet;
mod tile;
mod trained;

pub use error::ReproduceError;
pub use files::Files;
pub use inputs::Inputs;
pub use sheet::{Row, Sheet};

/// A table or figure that can be made.
#[derive(Debug, Clone, Copy)]
pub struct Reproduction {
    /// What the command calls it.
    pub name: &'static str,
    /// What it shows.
    pub what: &'static str,
    /// Whether it runs a network on images.
    pub runs: bool,
    make: Make,
}

#[derive(Debug, Clone, Copy)]
enum Make {
    Sheet(fn(&Inputs) -> Result<Sheet, ReproduceError>),
    Pit,
}

/// What became of a reproduction.
#[derive(Debug)]
pub struct Outcome {
    /// Its files.
    pub files: Files,
    /// Values the paper prints, and how many of those stand beside one of ours. The scheduling
    /// study, which has tables of its own, does not count them.
    pub covered: Option<[usize; 2]>,
}

impl Reproduction {
    /// Makes its files.
    pub fn run(&self, inputs: &Inputs) -> Result<Outcome, ReproduceError> {
        let mut files = Files::default();
        match self.make {
            Make::Sheet(make) => {
                let sheet = make(inputs)?;
                sheet.add_to(self.name, &mut files);
                Ok(Outcome { files, covered: Some(sheet.covered()) })
            }
            Make::Pit => {
                for (name, text) in pit::files()?.iter() {
                    files.add(&format!("pit/{name}"), text.to_owned());
                }
                Ok(Outcome { files, covered: None })
            }
        }
    }
}

const fn computed(
    name: &'static str,
    what: &'static str,
    make: fn(&Inputs) -> Result<Sheet, ReproduceError>,
) -> Reproduction {
    Reproduction { name, what, runs: false, make: Make::Sheet(make) }
}

const fn measured(
    name: &'static str,
    what: &'static str,
    make: fn(&Inputs) -> Result<Sheet, ReproduceError>,
) -> Reproduction {
    Reproduction { name, what, runs: true, make: Make::Sheet(make) }
}

const ALL: [Reproduction; 22] = [
    Reproduction {
        name: "pit",
        what: "Tables II to IV and Figs. 1, 3, 4 and 5: schedulers of clock and precision",
        runs: false,
        make: Make::Pit,
    },
    computed("001-table-2", "energy saved by climbing from 8 to 16 bits", cascade::table_two),
    measured("001-figure-2", "least correct width of each image (as Fig. 5)", margins::figure_two),
    measured("001-figure-6", "score margins of easy and difficult images", margins::figure_six),
    measured("001-figure-7", "accuracy and energy over thresholds", margins::figure_seven),
    computed("002-equation-8", "bits of a code", codes::equation_eight),
    measured("002-table-3", "LeNet in the 3-bit code", lenet::coded),
    measured("002-figure-7", "accuracy over the number of levels", lenet::levels),
    measured("002-figure-8", "accuracy over vector lengths", lenet::vectors),
    computed("002-figure-9", "memory saved", codes::figure_nine),
    measured("002-figure-10", "energy of fetching weights against accuracy", lenet::fetches),
    measured("002-figure-11", "signed digits of weights, and how many are needed", lenet::digits),
    computed("003-table-2", "significant layers", hybrid::table_two),
    computed("003-table-3", "hybrids on CIFAR-100", hybrid::table_three),
    computed("003-table-4", "hybrids on ImageNet", hybrid::table_four),
    measured("003-figure-3", "components over layers", hybrid::figure_three),
    computed("004-table-3", "savings of area and power", tile::table_three),
    measured("004-table-4", "LeNet and ConvNet in seven formats", tile::table_four),
    computed("004-table-5", "three sizes of ALEX", tile::table_five),
    computed("004-memory", "memory of parameters, told in the text", tile::memory),
    computed("004-figure-3", "buffers' share of power and area", breakdown::figure_three),
    computed("004-figure-4", "accuracy over energy", tile::figure_four),
];

/// Everything that can be made.
pub fn all() -> &'static [Reproduction] {
    &ALL
}

/// One by its name.
pub fn find(name: &str) -> Result<&'static Reproduction, ReproduceError> {
    ALL.iter().find(|one| one.name == name).ok_or_else(|| {
        let known: Vec<&str> = ALL.iter().map(|one| one.name).collect();
        ReproduceError::Unknown { name: name.to_owned(), known: known.join(", ") }
    })
}
