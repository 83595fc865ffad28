//! The networks of the papers, as extents of their layers.

use crate::LayerShape;

/// Layers with their numbers as paper 003 counts them; a shortcut has its layer's number.
pub type Numbered = Vec<(usize, LayerShape)>;

/// LeNet of papers 002 and 004: 28x28 grey images.
pub fn lenet() -> Vec<LayerShape> {
    let convolutions = [plain([1, 20], 5, 28, false), plain([20, 50], 5, 12, false)];
    convolutions.into_iter().chain([dense(800, 500), dense(500, 10)]).collect()
}

/// ConvNet of paper 004, for SVHN.
pub fn convnet() -> Vec<LayerShape> {
    let convolutions = [plain([3, 16], 5, 32, false), plain([16, 512], 7, 14, false)];
    convolutions.into_iter().chain([dense(8192, 20), dense(20, 10)]).collect()
}

/// ALEX of paper 004 for a `width` of 32, ALEX+ for 64.
pub fn alex(width: usize) -> Vec<LayerShape> {
    vec![
        plain([3, width], 5, 32, true),
        plain([width, width], 5, 16, true),
        plain([width, 2 * width], 5, 8, true),
        dense(32 * width, 10),
    ]
}

/// ALEX++ of paper 004.
pub fn alex_plus_plus() -> Vec<LayerShape> {
    vec![
        plain([3, 64], 3, 32, true),
        plain([64, 128], 3, 16, true),
        plain([128, 256], 3, 8, true),
        dense(4096, 512),
        dense(512, 10),
    ]
}

/// The convolutions of paper 002's ConvNet, 3 -> 32 -> 32 -> 64 -> 64.
pub fn coded_convnet() -> Vec<LayerShape> {
    let layers = [([3, 32], 32), ([32, 32], 32), ([32, 64], 16), ([64, 64], 16)];
    layers.map(|(channels, image)| plain(channels, 3, image, true)).to_vec()
}

/// ResNet-20 or -32 of paper 003, for CIFAR-100.
pub fn resnet(layers: usize) -> Numbered {
    let mut network = vec![(1, strided(1, [3, 16], 3, 32, 1))];
    stages(&mut network, 32, &[16, 32, 64], (layers - 2) / 3);
    network.push((layers, LayerShape::dense("fc", 64, 100)));
    network
}

/// ResNet-18 of paper 003, for ImageNet.
pub fn resnet18() -> Numbered {
    let mut network = vec![(1, strided(1, [3, 64], 7, 224, 2))];
    stages(&mut network, 56, &[64, 128, 256, 512], 4);
    network.push((18, LayerShape::dense("fc", 512, 1000)));
    network
}

/// VGG-15 of paper 003: the convolutions of VGG-16 and two fully connected layers.
pub fn vgg15() -> Numbered {
    let widths = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512];
    let images = [32, 32, 16, 16, 8, 8, 8, 4, 4, 4, 2, 2, 2];
    let mut channels = 3;
    let mut network = Numbered::new();
    for (index, (width, image)) in widths.into_iter().zip(images).enumerate() {
        network.push((index + 1, strided(index + 1, [channels, width], 3, image, 1)));
        channels = width;
    }
    network.push((14, LayerShape::dense("fc1", 512, 1024)));
    network.push((15, LayerShape::dense("fc2", 1024, 100)));
    network
}

fn plain(channels: [usize; 2], kernel: usize, image: usize, padded: bool) -> LayerShape {
    let result = if padded { image } else { image - kernel + 1 };
    LayerShape::convolution("conv", channels, kernel, [image, result])
}

fn dense(inputs: usize, outputs: usize) -> LayerShape {
    LayerShape::dense("fc", inputs, outputs)
}

fn strided(
    name: usize,
    channels: [usize; 2],
    kernel: usize,
    image: usize,
    stride: usize,
) -> LayerShape {
    LayerShape::convolution(name.to_string(), channels, kernel, [image, image / stride])
}

/// Stages of convolutions; each but the first halves the image and has a shortcut with weights.
fn stages(network: &mut Numbered, mut image: usize, widths: &[usize], layers: usize) {
    let (mut number, mut channels) = (1, widths[0]);
    for (stage, width) in widths.iter().enumerate() {
        for layer in 0..layers {
            number += 1;
            let stride = if stage > 0 && layer == 0 { 2 } else { 1 };
            if stride == 2 {
                network.push((number, strided(number, [channels, *width], 1, image, 2)));
            }
            network.push((number, strided(number, [channels, *width], 3, image, stride)));
            (channels, image) = (*width, image / stride);
        }
    }
}
