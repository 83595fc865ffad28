//! Random changes of training images.

use serde::{Deserialize, Serialize};

use crate::rng::SplitMix64;

/// How far training images may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Pad with that many zeros on all sides and cut out an image of the old size anywhere.
    pub crop: usize,
    /// Mirror every second image, left to right.
    pub flip: bool,
    /// Largest rotation in degrees.
    pub rotation: f32,
}

/// Channels, rows and columns.
pub(crate) type Shape = [usize; 3];

/// A mirroring, a rotation about the middle and a shift, in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Motion {
    pub(crate) down: isize,
    pub(crate) right: isize,
    pub(crate) radians: f32,
    pub(crate) mirrored: bool,
}

impl Motion {
    /// Draws a motion within the limits.
    pub(crate) fn draw(limits: Augmentation, rng: &mut SplitMix64) -> Self {
        let mut shift = || rng.below(2 * limits.crop + 1) as isize - limits.crop as isize;
        let (down, right) = (shift(), shift());
        let radians = rng.symmetric(limits.rotation).to_radians();
        let mirrored = rng.below(2) == 1 && limits.flip;
        Self { down, right, radians, mirrored }
    }

    /// Moves an image; what comes in from outside is zero.
    pub(crate) fn apply(self, [channels, height, width]: Shape, image: &[f32]) -> Vec<f32> {
        let (sin, cos) = self.radians.sin_cos();
        let middle = ((height - 1) as f32 / 2.0, (width - 1) as f32 / 2.0);
        let mut moved = Vec::with_capacity(image.len());
        let size = height * width;
        for plane in image.chunks_exact(size).take(channels) {
            for place in 0..size {
                let dy = ((place / width) as isize - self.down) as f32 - middle.0;
                let dx = ((place % width) as isize - self.right) as f32 - middle.1;
                let (y, x) = (middle.0 + cos * dy - sin * dx, middle.1 + sin * dy + cos * dx);
                let x = if self.mirrored { 2.0 * middle.1 - x } else { x };
                moved.push(interpolate([height, width], plane, y, x));
            }
        }
        moved
    }
}

/// Bilinear interpolation; exact at whole positions.
fn interpolate([height, width]: [usize; 2], plane: &[f32], y: f32, x: f32) -> f32 {
    let pixel = |y: isize, x: isize| {
        let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
        if inside { plane[y as usize * width + x as usize] } else { 0.0 }
    };
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let (top, left) = (top as isize, left as isize);
    if down == 0.0 && right == 0.0 {
        return pixel(top, left);
    }
    let upper = pixel(top, left) * (1.0 - right) + pixel(top, left + 1) * right;
    let lower = pixel(top + 1, left) * (1.0 - right) + pixel(top + 1, left + 1) * right;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: [f32; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    fn moved(down: isize, right: isize, degrees: f32, mirrored: bool) -> Vec<f32> {
        let radians = degrees.to_radians();
        Motion { down, right, radians, mirrored }.apply([1, 3, 3], &IMAGE)
    }

    #[test]
    fn no_motion_changes_nothing() {
        assert_eq!(moved(0, 0, 0.0, false), IMAGE);
    }

    #[test]
    fn shifts_are_exact_and_bring_in_zeros() {
        assert_eq!(moved(1, 0, 0.0, false), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(moved(0, -1, 0.0, false), [2.0, 3.0, 0.0, 5.0, 6.0, 0.0, 8.0, 9.0, 0.0]);
    }

    #[test]
    fn mirroring_swaps_left_and_right_in_every_channel() {
        assert_eq!(moved(0, 0, 0.0, true), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]);
        let motion = Motion { down: 0, right: 0, radians: 0.0, mirrored: true };
        assert_eq!(motion.apply([2, 1, 2], &[1.0, 2.0, 3.0, 4.0]), [2.0, 1.0, 4.0, 3.0]);
    }

    #[test]
    fn a_quarter_turn_brings_the_bottom_left_corner_to_the_top_left() {
        let turned = moved(0, 0, 90.0, false);
        let expected = [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0];
        let close = turned.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(close, "{turned:?}");
    }

    #[test]
    fn drawn_motions_use_the_whole_range_and_no_more() {
        let mut rng = SplitMix64::new(1);
        let limits = Augmentation { crop: 2, flip: true, rotation: 10.0 };
        let motions: Vec<Motion> = (0..500).map(|_| Motion::draw(limits, &mut rng)).collect();
        let limit = 10f32.to_radians();
        assert!(motions.iter().all(|motion| motion.radians.abs() <= limit));
        assert!(motions.iter().any(|motion| motion.radians.abs() > 0.9 * limit));
        for value in -2..=2 {
            assert!(motions.iter().any(|motion| motion.down == value));
            assert!(motions.iter().any(|motion| motion.right == value));
        }
        let mirrored = motions.iter().filter(|motion| motion.mirrored).count();
        assert!((200..300).contains(&mirrored), "{mirrored}");
        let still = Augmentation::default();
        let none = Motion { down: 0, right: 0, radians: 0.0, mirrored: false };
        assert!((0..20).all(|_| Motion::draw(still, &mut rng) == none));
    }
}
