//! VGG-15: the convolutions of VGG-16 and two fully connected layers.

use bitladder_network::{FloatNetwork, NetworkError, Window};

use super::Definition;
use super::builder::Builder;

/// Filters of the convolutions; 0 is a pooling layer.
const STACK: [usize; 18] =
    [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0];

pub(super) fn vgg15(definition: &Definition, classes: usize) -> Result<FloatNetwork, NetworkError> {
    let mut net = Builder::new(definition.name, definition.image)?;
    let (mut convolutions, mut pools) = (0, 0);
    for filters in STACK {
        if filters == 0 {
            pools += 1;
            net.max_pool(&format!("pool{pools}"), Window::square(2).stride(2))?;
            continue;
        }
        convolutions += 1;
        net.conv_norm(&format!("conv{convolutions}"), filters, 3, 1)?;
        net.relu(&format!("relu{convolutions}"))?;
    }
    net.flatten("flatten")?;
    net.dense("fc1", 1024)?;
    net.relu("relu14")?;
    net.dense("fc2", classes)?;
    Ok(net.finish())
}
