//! From stored grey values to network inputs, with random changes while training.

use crate::rng::SplitMix64;
use crate::shape::Shape;

/// Writes an image scaled to [0, 1], unchanged.
pub(crate) fn scale(image: &[u8], max_grey: u8, target: &mut [f32]) {
    for (value, &grey) in target.iter_mut().zip(image) {
        *value = f32::from(grey) / f32::from(max_grey);
    }
}

/// A rotation about the middle followed by a shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Motion {
    pub(crate) down: isize,
    pub(crate) right: isize,
    pub(crate) radians: f32,
}

impl Motion {
    /// Draws a shift of up to `max_shift` pixels each way and a rotation of up to `max_rotation`
    /// degrees.
    pub(crate) fn draw(max_shift: usize, max_rotation: f32, rng: &mut SplitMix64) -> Self {
        let mut shift = || rng.below(2 * max_shift + 1) as isize - max_shift as isize;
        let (down, right) = (shift(), shift());
        Self {
            down,
            right,
            radians: rng.symmetric(max_rotation).to_radians(),
        }
    }

    /// Moves a scaled image; what comes in from outside is zero.
    pub(crate) fn apply(self, shape: Shape, image: &[f32], target: &mut [f32]) {
        let (sin, cos) = self.radians.sin_cos();
        let middle = (
            (shape.height - 1) as f32 / 2.0,
            (shape.width - 1) as f32 / 2.0,
        );
        for y in 0..shape.height {
            for x in 0..shape.width {
                let dy = (y as isize - self.down) as f32 - middle.0;
                let dx = (x as isize - self.right) as f32 - middle.1;
                let source = (
                    middle.0 + cos * dy - sin * dx,
                    middle.1 + sin * dy + cos * dx,
                );
                target[y * shape.width + x] = interpolate(shape, image, source.0, source.1);
            }
        }
    }
}

/// Bilinear interpolation; exact at whole positions.
fn interpolate(shape: Shape, image: &[f32], y: f32, x: f32) -> f32 {
    let pixel = |y: isize, x: isize| {
        let inside =
            (0..shape.height as isize).contains(&y) && (0..shape.width as isize).contains(&x);
        if inside {
            image[y as usize * shape.width + x as usize]
        } else {
            0.0
        }
    };
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let (top, left) = (top as isize, left as isize);
    let upper = pixel(top, left) * (1.0 - right) + pixel(top, left + 1) * right;
    let lower = pixel(top + 1, left) * (1.0 - right) + pixel(top + 1, left + 1) * right;
    upper * (1.0 - down) + lower * down
}
