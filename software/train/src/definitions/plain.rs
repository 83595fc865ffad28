//! Networks without branches: LeNet, ConvNet, ALEX and small relatives.

use bitladder_network::{FloatNetwork, NetworkError, Window};

use super::Definition;
use super::builder::Builder;

type Made = Result<FloatNetwork, NetworkError>;

/// Squares that do not overlap.
fn halves() -> Window {
    Window::square(2).stride(2)
}

/// 3x3 windows two apart, as Caffe pools: the last one may stick out.
fn overlapping() -> Window {
    Window { ceil: true, ..Window::square(3).stride(2) }
}

/// The LeNet of the Caffe examples, with one change: a ReLU follows the convolutions too, so that
/// every activation is unsigned and needs no sign bit once quantised.
pub(super) fn lenet(definition: &Definition, classes: usize) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    for (number, filters) in [(1, 20), (2, 50)] {
        net.conv(&format!("conv{number}"), filters, Window::square(5))?;
        net.relu(&format!("relu{number}"))?;
        net.max_pool(&format!("pool{number}"), halves())?;
    }
    net.flatten("flatten")?;
    net.dense("fc1", 500)?;
    net.relu("relu3")?;
    net.dense("fc2", classes)?;
    Ok(net.finish())
}

/// A network of the same kind for 8x8 digits.
pub(super) fn digits_cnn(definition: &Definition, classes: usize) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    for (number, filters) in [(1, 8), (2, 24)] {
        net.conv(&format!("conv{number}"), filters, Window::square(3).padding(1))?;
        net.relu(&format!("relu{number}"))?;
        net.max_pool(&format!("pool{number}"), halves())?;
    }
    net.flatten("flatten")?;
    net.dense("fc1", 64)?;
    net.relu("relu3")?;
    net.dense("fc2", classes)?;
    Ok(net.finish())
}

/// Convolutions are valid, not padded, as the paper's cycle counts say.
pub(super) fn convnet(definition: &Definition, classes: usize) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    for (number, filters, kernel) in [(1, 16, 5), (2, 512, 7)] {
        net.conv(&format!("conv{number}"), filters, Window::square(kernel))?;
        net.relu(&format!("relu{number}"))?;
        net.max_pool(&format!("pool{number}"), halves())?;
    }
    net.flatten("flatten")?;
    net.dense("fc1", 20)?;
    net.relu("relu3")?;
    net.dense("fc2", classes)?;
    Ok(net.finish())
}

/// Its convolutions are the ones whose bits paper 002 counts; norms make it train on few images.
pub(super) fn convnet4(definition: &Definition, classes: usize) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    for (number, filters) in [(1, 32), (2, 32), (3, 64), (4, 64)] {
        net.conv_norm(&format!("conv{number}"), filters, 3, 1)?;
        net.relu(&format!("relu{number}"))?;
        if number % 2 == 0 {
            net.max_pool(&format!("pool{}", number / 2), halves())?;
        }
    }
    net.flatten("flatten")?;
    net.dense("fc", classes)?;
    Ok(net.finish())
}

pub(super) fn alex(definition: &Definition, classes: usize) -> Made {
    alex_of(definition, 32, classes)
}

pub(super) fn alex_plus(definition: &Definition, classes: usize) -> Made {
    alex_of(definition, 64, classes)
}

fn alex_of(definition: &Definition, width: usize, classes: usize) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    for (number, filters) in [(1, width), (2, width), (3, 2 * width)] {
        net.conv(&format!("conv{number}"), filters, Window::square(5).padding(2))?;
        net.relu(&format!("relu{number}"))?;
        let pool = format!("pool{number}");
        if number == 1 {
            net.max_pool(&pool, overlapping())?;
        } else {
            net.average_pool(&pool, overlapping())?;
        }
    }
    net.flatten("flatten")?;
    net.dense("fc", classes)?;
    Ok(net.finish())
}

pub(super) fn alex_plus_plus(definition: &Definition, classes: usize) -> Made {
    let mut net = Builder::new(definition.name, definition.image)?;
    for (number, filters) in [(1, 64), (2, 128), (3, 256)] {
        net.conv(&format!("conv{number}"), filters, Window::square(3).padding(1))?;
        net.relu(&format!("relu{number}"))?;
        net.max_pool(&format!("pool{number}"), halves())?;
    }
    net.flatten("flatten")?;
    net.dense("fc1", 512)?;
    net.relu("relu4")?;
    net.dense("fc2", classes)?;
    Ok(net.finish())
}
