//! How many bytes of pictures a frame may send.

/// What the line takes now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Bytes of pictures that one frame may write; `None` without a limit.
    pub bytes: Option<usize>,
    /// Nothing waits on the line: one picture may cost more.
    pub is_idle: bool,
}

impl Budget {
    /// Takes the cost of a picture out of the budget; `false` if it is larger.
    pub(super) fn pay(&mut self, cost: usize) -> bool {
        let Some(bytes) = self.bytes else {
            return true;
        };
        let is_allowed = cost <= bytes || self.is_idle;
        if is_allowed && cost > 0 {
            self.bytes = Some(bytes.saturating_sub(cost));
            self.is_idle = false;
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use image::RgbImage;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::tui::images::{Capabilities, EncodeResult, ImageRenderer, Picture};

    #[test]
    fn what_is_paid_is_gone_and_an_idle_line_takes_one_picture_of_any_size() {
        let mut budget = Budget {
            bytes: Some(100),
            is_idle: true,
        };
        assert!(budget.pay(0) && budget.is_idle);
        assert!(budget.pay(5_000) && !budget.pay(1));
        let mut budget = Budget {
            bytes: Some(100),
            is_idle: false,
        };
        assert!(budget.pay(60) && !budget.pay(60) && budget.pay(40));
        let mut unlimited = Budget {
            bytes: None,
            is_idle: false,
        };
        assert!(unlimited.pay(usize::MAX));
    }

    const PLACES: [Rect; 3] = [
        Rect::new(0, 0, 8, 4),
        Rect::new(10, 0, 8, 4),
        Rect::new(20, 0, 8, 4),
    ];

    /// A frame of three pictures. Gives which of them it shows.
    fn frame(images: &mut ImageRenderer, pictures: &[Picture], budget: Budget) -> [bool; 3] {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 4));
        images.set_budget(budget);
        images.begin_frame();
        for (picture, place) in pictures.iter().zip(PLACES) {
            images.draw(picture, place, Style::new(), &mut buffer);
        }
        images.end_frame();
        PLACES.map(|place| buffer[(place.x, place.y)].bg != Color::Reset)
    }

    fn take_in(images: &mut ImageRenderer, results: &Receiver<EncodeResult>) {
        while !images.is_complete() {
            let Ok(result) = results.recv_timeout(Duration::from_secs(20)) else {
                return;
            };
            images.accept(result);
        }
    }

    #[test]
    fn pictures_wait_for_the_line_and_stay_once_they_are_shown() {
        let (send, results) = channel();
        let notify = move |result| drop(send.send(result));
        let mut images = ImageRenderer::new(Capabilities::halfblocks(), notify).unwrap();
        let pictures = [40, 120, 200].map(|grey| {
            let noise = RgbImage::from_fn(32, 32, |x, y| {
                image::Rgb([grey, (x * 8) as u8, (y * 8) as u8])
            });
            Picture::pixels(&Arc::new(noise))
        });
        let busy = Budget {
            bytes: Some(0),
            is_idle: false,
        };
        let idle = Budget {
            is_idle: true,
            ..busy
        };
        assert_eq!(frame(&mut images, &pictures, busy), [false; 3]);
        take_in(&mut images, &results);
        assert_eq!(frame(&mut images, &pictures, busy), [false; 3]);
        assert!(images.has_withheld() && !images.is_complete());
        assert_eq!(frame(&mut images, &pictures, idle), [true, false, false]);
        // What is on the screen costs nothing.
        assert_eq!(frame(&mut images, &pictures, busy), [true, false, false]);
        assert_eq!(frame(&mut images, &pictures, idle), [true, true, false]);
        assert_eq!(frame(&mut images, &pictures, idle), [true; 3]);
        assert!(!images.has_withheld());
        // It does after the screen was cleared.
        images.on_screen_cleared();
        assert_eq!(frame(&mut images, &pictures, busy), [false; 3]);
    }
}
