//! `bitladder pca`.

use anyhow::Context;
use bitladder_study::pca::{Criteria, Dimensions, dimensions, hybrid};
use bitladder_study::svg::{Mark, Plot};
use serde::Serialize;

use super::Session;
use super::characterize::Subject;
use crate::args::PcaArgs;
use crate::output::Outcome;
use crate::table::Table;

/// Characters of the longest bar.
const WIDEST: usize = 40;

pub(crate) fn run(session: &Session, args: &PcaArgs) -> anyhow::Result<()> {
    let subject = Subject::load(&args.subject)?;
    let samples = &subject.sets.train;
    let criteria = Criteria { variance: args.variance, delta: args.delta };
    let bar = session.terminal.bar("components", samples.len());
    let network = &subject.model.network;
    let layers = dimensions(network, samples, criteria, session.threads, &mut |done| {
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let layers = layers?;
    let [ends, raised] = [args.ends, args.raised].map(|format| format.to_string());
    let formats = hybrid(&layers, args.delta, &ends, &raised)?;
    if let Some(path) = &args.plot {
        std::fs::write(path, plot(network.name(), &layers).svg())
            .with_context(|| format!("{}: not written", path.display()))?;
    }
    let options = formats.iter().map(|choice| format!(" --layer {choice}"));
    let proposal = options.fold(format!("--format hybrid={}", args.base), |text, o| text + &o);
    let (variance, delta) = (args.variance, args.delta);
    session.terminal.show(&Report { images: samples.len(), variance, delta, layers, proposal })
}

fn plot(network: &str, layers: &[Dimensions]) -> Plot {
    let mark = |layer: &Dimensions| Mark {
        at: [layer.number as f64, layer.components as f64],
        label: layer.layer.clone(),
        strong: layer.significant,
    };
    Plot {
        title: format!("{network}: significant components over layers"),
        axes: ["layer".into(), "components".into()],
        marks: layers.iter().map(mark).collect(),
        join_all: true,
    }
}

#[derive(Serialize)]
struct Report {
    images: usize,
    variance: f64,
    delta: usize,
    layers: Vec<Dimensions>,
    proposal: String,
}

impl Outcome for Report {
    fn text(&self) -> String {
        let mut table = Table::new(&[">", "layer", ">channels", ">components", "", ""]);
        let most = self.layers.iter().map(|layer| layer.components).max().unwrap_or(0).max(1);
        for layer in &self.layers {
            table.row(vec![
                layer.number.to_string(),
                layer.layer.clone(),
                layer.channels.to_string(),
                layer.components.to_string(),
                "#".repeat((layer.components * WIDEST).div_ceil(most)),
                if layer.significant { "significant".into() } else { String::new() },
            ]);
        }
        format!(
            "components that explain {} of the variance, on {} images; Delta = {}\n{}\n\
             a hybrid: bitladder quantize MODEL {}\n",
            super::shown::percent(self.variance),
            self.images,
            self.delta,
            table.text(),
            self.proposal
        )
    }
}
