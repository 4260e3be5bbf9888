//! Tests of what the renderer sends, shows meanwhile and deletes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use image::{Rgb, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui_image::picker::ProtocolType;

use super::capabilities::Capabilities;
use super::detail::Detail;
use super::picture::Picture;
use super::renderer::ImageRenderer;
use super::workers::EncodeResult;

const AREA: Rect = Rect::new(2, 1, 12, 6);

/// A renderer that draws one picture by a protocol.
struct Stage {
    images: ImageRenderer,
    results: Receiver<EncodeResult>,
    picture: Picture,
}

impl Stage {
    fn new(protocol: ProtocolType) -> Self {
        let capabilities = Capabilities {
            protocol: Some(protocol),
            ..Capabilities::halfblocks()
        };
        let (sender, results) = channel();
        let notify = move |result| sender.send(result).unwrap();
        let pixels = RgbImage::from_fn(150, 150, |x, y| {
            Rgb([(x * y % 251) as u8, (x + y) as u8 / 2, x as u8])
        });
        Self {
            images: ImageRenderer::new(capabilities, notify).unwrap(),
            results,
            picture: Picture::pixels(&Arc::new(pixels)),
        }
    }

    /// What a frame draws, and whether it waits for a picture.
    fn frame(&mut self) -> (Buffer, bool) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 9));
        self.images.begin_frame();
        self.images
            .draw(&self.picture, AREA, Style::default(), &mut buffer);
        self.images.end_frame();
        (buffer, !self.images.is_complete())
    }

    /// The next frame, once what the latest one waits for is there.
    fn frame_when_ready(&mut self) -> Buffer {
        let done = self.results.recv().unwrap();
        assert!(self.images.accept(done));
        let (buffer, waits) = self.frame();
        assert!(!waits);
        buffer
    }
}

#[test]
fn less_detail_stays_until_more_is_ready_and_more_stays() {
    let mut stage = Stage::new(ProtocolType::Sixel);
    let sent = |buffer: &Buffer| buffer[AREA.as_position()].symbol().to_string();
    stage.images.set_detail(Detail::within(4096));
    assert!(stage.frame().1);
    let coarse = sent(&stage.frame_when_ready());
    assert!(coarse.len() <= 4096);
    stage.images.set_detail(Detail::FULL);
    let (meanwhile, waits) = stage.frame();
    assert!(waits);
    assert!(sent(&meanwhile) == coarse);
    let fine = sent(&stage.frame_when_ready());
    assert!(fine.len() > 2 * coarse.len());
    // On the screen it costs nothing more.
    stage.images.set_detail(Detail::within(4096));
    let (stays, waits) = stage.frame();
    assert!(!waits);
    assert!(sent(&stays) == fine);
}

#[test]
fn a_picture_that_the_terminal_stores_is_shown_in_full_again() {
    let mut stage = Stage::new(ProtocolType::Kitty);
    assert!(stage.frame().1);
    stage.frame_when_ready();
    assert!(stage.images.take_escapes().contains("a=T"));
    // Away, and back on a slower line.
    stage.images.begin_frame();
    stage.images.end_frame();
    stage.images.set_detail(Detail::within(1024));
    let (_, waits) = stage.frame();
    assert!(!waits);
    assert_eq!(stage.images.take_escapes(), "");
}

#[test]
fn nothing_is_left_in_the_terminal() {
    let mut stage = Stage::new(ProtocolType::Kitty);
    stage.frame();
    stage.frame_when_ready();
    let sent = stage.images.take_escapes();
    let id = sent.split("i=").nth(1).unwrap().split(',').next().unwrap();
    assert!(
        stage
            .images
            .exit_escapes()
            .contains(&format!("d=I,i={id},"))
    );
    // What replaces it at the same place deletes it.
    let other = RgbImage::from_pixel(150, 150, Rgb([9, 9, 9]));
    stage.picture = Picture::pixels(&Arc::new(other));
    assert!(stage.frame().1);
    stage.frame_when_ready();
    assert!(
        stage
            .images
            .take_escapes()
            .contains(&format!("d=I,i={id},"))
    );
    assert!(!stage.images.exit_escapes().contains(&format!("i={id},")));
}
