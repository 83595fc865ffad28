//! Networks by name: those of the papers, and small ones for small machines.

mod builder;
mod plain;
mod resnet;
mod vgg;

use bitladder_network::{FloatNetwork, FloatOp, NetworkError};

/// Makes a network with that many classes.
type Build = fn(&Definition, usize) -> Result<FloatNetwork, NetworkError>;

/// A network that can be trained by name.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The name on the command line.
    pub name: &'static str,
    /// Where it comes from, in a line.
    pub summary: &'static str,
    /// Channels, rows and columns of an image.
    pub image: [usize; 3],
    /// Classes unless another number is asked for.
    pub classes: usize,
    build: Build,
}

impl Definition {
    /// The network with all weights zero.
    pub fn network(&self, classes: usize) -> Result<FloatNetwork, NetworkError> {
        (self.build)(self, classes)
    }
}

const fn define(
    name: &'static str,
    summary: &'static str,
    (image, classes): ([usize; 3], usize),
    build: Build,
) -> Definition {
    Definition { name, summary, image, classes, build }
}

const MNIST: ([usize; 3], usize) = ([1, 28, 28], 10);
const CIFAR10: ([usize; 3], usize) = ([3, 32, 32], 10);
const CIFAR100: ([usize; 3], usize) = ([3, 32, 32], 100);
const IMAGENET: ([usize; 3], usize) = ([3, 224, 224], 1000);

/// All networks that have a name.
pub const ALL: [Definition; 18] = [
    define("digits-cnn", "small CNN for the 8x8 digits", ([1, 8, 8], 10), plain::digits_cnn),
    define("lenet", "LeNet of Caffe, with a ReLU after every layer", MNIST, plain::lenet),
    define("convnet", "ConvNet for SVHN (paper 004, table I)", CIFAR10, plain::convnet),
    define("convnet-4", "four 3x3 convolutions (paper 002)", CIFAR10, plain::convnet4),
    define("alex", "ALEX for CIFAR-10 (paper 004, table I)", CIFAR10, plain::alex),
    define(
        "alex+",
        "ALEX with twice the channels (paper 004, table II)",
        CIFAR10,
        plain::alex_plus,
    ),
    define(
        "alex++",
        "ALEX that doubles per stage (paper 004, table II)",
        CIFAR10,
        plain::alex_plus_plus,
    ),
    define("vgg-15", "13 convolutions and 2 dense layers (paper 003)", CIFAR100, vgg::vgg15),
    define("resnet-8", "ResNet with a block per stage", CIFAR10, resnet::block),
    define("resnet-8-every", "the same, shortcut at every layer", CIFAR10, resnet::every),
    define("resnet-20", "ResNet (paper 003)", CIFAR100, resnet::block),
    define("resnet-20-every", "the same, shortcut at every layer", CIFAR100, resnet::every),
    define("resnet-20-plain", "the same without shortcuts, for PCA", CIFAR100, resnet::plain),
    define("resnet-32", "ResNet (paper 003)", CIFAR100, resnet::block),
    define("resnet-32-every", "the same, shortcut at every layer", CIFAR100, resnet::every),
    define("resnet-32-plain", "the same without shortcuts, for PCA", CIFAR100, resnet::plain),
    define("resnet-18", "ResNet for ImageNet (paper 003)", IMAGENET, resnet::imagenet_block),
    define(
        "resnet-18-every",
        "the same, shortcut at every layer",
        IMAGENET,
        resnet::imagenet_every,
    ),
];

/// The definition of a name.
pub fn find(name: &str) -> Option<&'static Definition> {
    ALL.iter().find(|definition| definition.name == name)
}

/// Numbers that training can change: weights, biases (not those that a norm undoes), and two per
/// channel of a norm.
pub fn trainable_parameters(network: &FloatNetwork) -> usize {
    let of = |(index, layer): (usize, &bitladder_network::FloatLayer)| match &layer.op {
        FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } => {
            weights.len() + if is_normed(network, index) { 0 } else { bias.len() }
        }
        FloatOp::BatchNorm(norm) => 2 * norm.channels(),
        _ => 0,
    };
    network.layers().iter().enumerate().map(of).sum()
}

/// Whether a batch norm alone reads a layer, so that the layer's bias has no effect.
pub(crate) fn is_normed(network: &FloatNetwork, layer: usize) -> bool {
    norm_of(network, layer).is_some()
}

/// The batch norm that alone reads a layer.
pub(crate) fn norm_of(network: &FloatNetwork, layer: usize) -> Option<usize> {
    match network.readers(network.value_of_layer(layer)).as_slice() {
        [reader] if matches!(network.layers()[*reader].op, FloatOp::BatchNorm(_)) => Some(*reader),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
