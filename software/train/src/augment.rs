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
        Self { down, right, radians: rng.symmetric(max_rotation).to_radians() }
    }

    /// Moves a scaled image; what comes in from outside is zero.
    pub(crate) fn apply(self, shape: Shape, image: &[f32], target: &mut [f32]) {
        let (sin, cos) = self.radians.sin_cos();
        let middle = ((shape.height - 1) as f32 / 2.0, (shape.width - 1) as f32 / 2.0);
        for y in 0..shape.height {
            for x in 0..shape.width {
                let dy = (y as isize - self.down) as f32 - middle.0;
                let dx = (x as isize - self.right) as f32 - middle.1;
                let source = (middle.0 + cos * dy - sin * dx, middle.1 + sin * dy + cos * dx);
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
        if inside { image[y as usize * shape.width + x as usize] } else { 0.0 }
    };
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let (top, left) = (top as isize, left as isize);
    let upper = pixel(top, left) * (1.0 - right) + pixel(top, left + 1) * right;
    let lower = pixel(top + 1, left) * (1.0 - right) + pixel(top + 1, left + 1) * right;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape::new(1, 3, 3);
    const IMAGE: [f32; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    fn moved(down: isize, right: isize, degrees: f32) -> [f32; 9] {
        let mut target = [f32::NAN; 9];
        let radians = degrees.to_radians();
        Motion { down, right, radians }.apply(SHAPE, &IMAGE, &mut target);
        target
    }

    #[test]
    fn scaling_maps_the_largest_grey_to_one() {
        let mut target = [0.0; 3];
        scale(&[0, 4, 16], 16, &mut target);
        assert_eq!(target, [0.0, 0.25, 1.0]);
    }

    #[test]
    fn no_motion_changes_nothing() {
        assert_eq!(moved(0, 0, 0.0), IMAGE);
    }

    #[test]
    fn shifts_are_exact_and_bring_in_zeros() {
        assert_eq!(moved(1, 0, 0.0), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(moved(0, -1, 0.0), [2.0, 3.0, 0.0, 5.0, 6.0, 0.0, 8.0, 9.0, 0.0]);
    }

    #[test]
    fn a_quarter_turn_brings_the_bottom_left_corner_to_the_top_left() {
        let turned = moved(0, 0, 90.0);
        let expected = [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0];
        let close = turned.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(close, "{turned:?}");
    }

    #[test]
    fn drawn_motions_use_the_whole_range_and_no_more() {
        let mut rng = SplitMix64::new(1);
        let motions: Vec<Motion> = (0..500).map(|_| Motion::draw(2, 10.0, &mut rng)).collect();
        let limit = 10f32.to_radians();
        assert!(motions.iter().all(|motion| motion.radians.abs() <= limit));
        assert!(motions.iter().any(|motion| motion.radians.abs() > 0.9 * limit));
        for value in -2..=2 {
            assert!(motions.iter().any(|motion| motion.down == value));
            assert!(motions.iter().any(|motion| motion.right == value));
        }
        assert!(motions.iter().all(|motion| motion.down.abs() <= 2 && motion.right.abs() <= 2));
    }
}
