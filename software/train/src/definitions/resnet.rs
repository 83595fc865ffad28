//! Residual networks, with a shortcut around every two layers, around every layer, or none.
//!
//! Layers are numbered as paper 003 numbers them, from the first convolution; a shortcut that
//! changes the shape is a 1x1 convolution with a norm and has its layer's number.

use bitladder_network::{FloatNetwork, NetworkError, ValueId, Window};

use super::Definition;
use super::builder::Builder;

/// What the shortcuts go around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shortcuts {
    None,
    Block,
    Every,
}

type Made = Result<FloatNetwork, NetworkError>;

pub(super) fn block(definition: &Definition, classes: usize) -> Made {
    small(definition, classes, Shortcuts::Block)
}

pub(super) fn every(definition: &Definition, classes: usize) -> Made {
    small(definition, classes, Shortcuts::Every)
}

pub(super) fn plain(definition: &Definition, classes: usize) -> Made {
    small(definition, classes, Shortcuts::None)
}

pub(super) fn imagenet_block(definition: &Definition, classes: usize) -> Made {
    imagenet(definition, classes, Shortcuts::Block)
}

pub(super) fn imagenet_every(definition: &Definition, classes: usize) -> Made {
    imagenet(definition, classes, Shortcuts::Every)
}

/// For images of 32x32: three stages of 16, 32 and 64 channels.
fn small(definition: &Definition, classes: usize, shortcuts: Shortcuts) -> Made {
    // `resnet-20-every` has 20 layers with weights: one before the stages, one after them.
    let number = definition.name.split('-').nth(1).and_then(|number| number.parse().ok());
    let layers: usize = number.unwrap_or(8);
    let mut net = Builder::new(definition.name, definition.image)?;
    net.conv_norm("conv1", 16, 3, 1)?;
    net.relu("relu1")?;
    stages(&mut net, &[16, 32, 64], (layers - 2) / 3, shortcuts)?;
    head(net, layers, classes)
}

/// For images of 224x224: four stages of 64 to 512 channels.
fn imagenet(definition: &Definition, classes: usize, shortcuts: Shortcuts) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    net.conv_norm("conv1", 64, 7, 2)?;
    net.relu("relu1")?;
    net.max_pool("pool1", Window::square(3).stride(2).padding(1))?;
    stages(&mut net, &[64, 128, 256, 512], 4, shortcuts)?;
    head(net, 18, classes)
}

fn head(mut net: Builder, layers: usize, classes: usize) -> Made {
    net.global_pool("pool")?;
    net.flatten("flatten")?;
    net.dense(&format!("fc{layers}"), classes)?;
    Ok(net.finish())
}

/// Stages of `layers` convolutions; each but the first halves the image.
fn stages(
    net: &mut Builder,
    widths: &[usize],
    layers: usize,
    shortcuts: Shortcuts,
) -> Result<(), NetworkError> {
    let mut number = 1;
    for (stage, width) in widths.iter().enumerate() {
        // What the next sum adds, and whether it still has to change shape.
        let mut source = (net.value, false);
        for layer in 0..layers {
            number += 1;
            let stride = if stage > 0 && layer == 0 { 2 } else { 1 };
            if layer % 2 == 0 || shortcuts == Shortcuts::Every {
                source = (net.value, stride > 1);
            }
            net.conv_norm(&format!("conv{number}"), *width, 3, stride)?;
            let ends =
                shortcuts == Shortcuts::Every || (shortcuts == Shortcuts::Block && layer % 2 == 1);
            if ends {
                add(net, number, *width, source)?;
            }
            net.relu(&format!("relu{number}"))?;
        }
    }
    Ok(())
}

/// Adds the shortcut's value, through a 1x1 convolution where the shape has changed.
fn add(
    net: &mut Builder,
    number: usize,
    width: usize,
    (source, changes): (ValueId, bool),
) -> Result<(), NetworkError> {
    let main = net.value;
    net.value = source;
    if changes {
        net.conv_norm(&format!("shortcut{number}"), width, 1, 2)?;
    }
    let other = net.value;
    net.value = main;
    net.add(&format!("add{number}"), other)
}
