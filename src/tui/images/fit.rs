//! Which part of a picture is shown, and in how many pixels.

use image::imageops::FilterType;
use image::{GenericImageView, RgbImage, imageops};

use super::picture::Region;

/// What of a picture is shown where `aspect` is width by height: left, top, width,
/// height. A picture of about that shape is cropped to it; a very different one is shown
/// whole, between black bars: `None`.
pub(super) fn region(pixels: &RgbImage, crop: Region, aspect: f64) -> Option<(u32, u32, u32, u32)> {
    let (mut w, mut h) = pixels.dimensions();
    let (mut x, mut y) = (0, 0);
    if crop == Region::Center {
        (x, y) = (w / 5, h / 5);
        (w, h) = ((w - 2 * x).max(1), (h - 2 * y).max(1));
    }
    let shape = f64::from(w) / f64::from(h);
    if crop == Region::Whole && !(0.8..1.25).contains(&(shape / aspect)) {
        return None;
    }
    if shape > aspect {
        let kept = ((f64::from(h) * aspect).round() as u32).clamp(1, w);
        x += (w - kept) / 2;
        w = kept;
    } else {
        let kept = ((f64::from(w) / aspect).round() as u32).clamp(1, h);
        y += (h - kept) / 2;
        h = kept;
    }
    Some((x, y, w, h))
}

/// The pixels that a [`region`] has of its own, at most `most` across and down. What
/// scales by itself need not be sent more.
pub(super) fn own_pixels(
    pixels: &RgbImage,
    crop: Region,
    most: (u32, u32),
    aspect: f64,
) -> (u32, u32) {
    if let Some((_, _, w, h)) = region(pixels, crop, aspect) {
        return if w >= most.0 || h >= most.1 {
            most
        } else {
            (w, h)
        };
    }
    // Between bars: scaled as the side that fills the whole.
    let (w, h) = pixels.dimensions();
    let shape = f64::from(w) / f64::from(h);
    let scale = if shape > aspect {
        f64::from(w) / f64::from(most.0)
    } else {
        f64::from(h) / f64::from(most.1)
    };
    let side = |pixels: u32| ((f64::from(pixels) * scale.min(1.0)).round() as u32).max(1);
    (side(most.0), side(most.1))
}

/// Scales a [`region`] of a picture to exactly `width × height` pixels.
pub(super) fn fit(
    pixels: &RgbImage,
    crop: Region,
    (width, height): (u32, u32),
    aspect: f64,
) -> RgbImage {
    if let Some(part) = region(pixels, crop, aspect) {
        return scale(pixels, part, (width, height));
    }
    let (w, h) = pixels.dimensions();
    let shape = f64::from(w) / f64::from(h);
    let (inner_width, inner_height) = if shape > aspect {
        let inner = (f64::from(height) * aspect / shape).round() as u32;
        (width, inner.clamp(1, height))
    } else {
        let inner = (f64::from(width) * shape / aspect).round() as u32;
        (inner.clamp(1, width), height)
    };
    let inner = scale(pixels, (0, 0, w, h), (inner_width, inner_height));
    let mut framed = RgbImage::new(width, height);
    imageops::replace(
        &mut framed,
        &inner,
        i64::from((width - inner_width) / 2),
        i64::from((height - inner_height) / 2),
    );
    framed
}

fn scale(
    pixels: &RgbImage,
    (x, y, w, h): (u32, u32, u32, u32),
    (width, height): (u32, u32),
) -> RgbImage {
    let part = pixels.view(x, y, w, h).to_image();
    if part.dimensions() == (width, height) {
        return part;
    }
    // Smaller: averaged, so that half blocks do not alias. Larger: cubic, so that small
    // faces do not show their pixels.
    let filter = if width < w {
        FilterType::Triangle
    } else {
        FilterType::CatmullRom
    };
    imageops::resize(&part, width, height, filter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_wide_picture_keeps_its_shape_between_bars() {
        let wide = RgbImage::from_pixel(300, 100, Rgb([200, 200, 200]));
        let fitted = fit(&wide, Region::Whole, (90, 90), 1.0);
        assert_eq!(fitted.get_pixel(45, 5).0, [0, 0, 0]);
        assert_eq!(fitted.get_pixel(45, 45).0, [200, 200, 200]);
        assert_eq!(fitted.get_pixel(0, 45).0, [200, 200, 200]);
    }

    #[test]
    fn any_size_survives() {
        for (w, h) in [(1, 1), (1, 400), (400, 1), (3, 5)] {
            for crop in [Region::Whole, Region::Center] {
                let fitted = fit(&RgbImage::new(w, h), crop, (40, 38), 1.05);
                assert_eq!(fitted.dimensions(), (40, 38));
            }
        }
    }

    #[test]
    fn what_scales_by_itself_gets_no_more_than_there_is() {
        let own = |size: (u32, u32), crop, most| {
            let pixels = RgbImage::new(size.0, size.1);
            own_pixels(&pixels, crop, most, f64::from(most.0) / f64::from(most.1))
        };
        assert_eq!(own((32, 32), Region::Whole, (300, 300)), (32, 32));
        assert_eq!(own((250, 250), Region::Center, (120, 120)), (120, 120));
        assert_eq!(own((250, 250), Region::Center, (300, 300)), (150, 150));
        // Black bars above and below.
        assert_eq!(own((300, 100), Region::Whole, (600, 600)), (300, 300));
        assert_eq!(own((1, 400), Region::Whole, (40, 40)), (40, 40));
    }
}
