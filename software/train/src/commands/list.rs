//! `bitladder-train list`

use std::fmt::Write as _;
use std::io::Write as _;

use bitladder_train::definitions::{ALL, Definition, trainable_parameters};
use serde::Serialize;

/// Lists the networks that can be trained by name
#[derive(Debug, clap::Args)]
pub(crate) struct ListArguments {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    name: &'static str,
    image: [usize; 3],
    classes: usize,
    parameters: usize,
    products: u64,
    summary: &'static str,
}

fn line(definition: &Definition) -> anyhow::Result<Line> {
    let Definition { name, summary, image, classes, .. } = *definition;
    let network = definition.network(classes)?;
    let products = (0..network.layers().len()).map(|layer| network.macs(layer)).sum();
    Ok(Line { name, image, classes, parameters: trainable_parameters(&network), products, summary })
}

pub(crate) fn run(arguments: &ListArguments) -> anyhow::Result<()> {
    let lines = ALL.iter().map(line).collect::<anyhow::Result<Vec<Line>>>()?;
    let mut text = String::new();
    if arguments.json {
        writeln!(text, "{}", serde_json::to_string(&lines)?)?;
    } else {
        let head = ["network", "image", "classes", "parameters", "products"];
        let [a, b, c, d, e] = head;
        writeln!(text, "{a:16} {b:>10} {c:>7} {d:>10} {e:>13}")?;
        for Line {
            name,
            image: [channels, rows, columns],
            classes,
            parameters,
            products,
            summary,
        } in &lines
        {
            let image = format!("{channels}x{rows}x{columns}");
            writeln!(
                text,
                "{name:16} {image:>10} {classes:>7} {parameters:>10} {products:>13}  {summary}"
            )?;
        }
    }
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
