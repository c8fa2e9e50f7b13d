//! Small pictures of large ones. Whatever the bytes are, this takes bounded memory and says `None`
//! where it cannot.

use std::{io::Cursor, sync::Arc, time::Duration};

use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, Limits,
    codecs::{
        gif::GifDecoder, jpeg::JpegDecoder, jpeg::JpegEncoder, png::PngDecoder, webp::WebPDecoder,
    },
};
use tokio::sync::Semaphore;

/// The type of small pictures.
pub const MIME_TYPE: &str = "image/jpeg";
/// A file that is larger gets none.
pub const SOURCE_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// Pixels on its longer side.
const SIDE: u32 = 320;
/// The largest picture that is taken apart, in pixels on a side and in bytes of memory.
const SIDE_MAX: u32 = 16_384;
const MEMORY_MAX: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 80;

/// How long one may take, the wait for its turn included: some pictures are made to take for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes small pictures, one at a time: each may take much memory. Clones share the turn.
#[derive(Clone)]
pub struct Thumbnails(Arc<Semaphore>);

impl Default for Thumbnails {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Thumbnails {
    /// Says whether there can be one of a file.
    pub fn takes(mime_type: &str, bytes: u64) -> bool {
        let known = ["image/jpeg", "image/png", "image/webp", "image/gif"];
        bytes <= SOURCE_BYTES_MAX && known.contains(&mime_type)
    }

    /// Makes the small picture of a file.
    pub async fn make(&self, mime_type: String, bytes: Bytes) -> Option<Vec<u8>> {
        tokio::time::timeout(PATIENCE, self.in_turn(mime_type, bytes)).await.ok().flatten()
    }

    async fn in_turn(&self, mime_type: String, bytes: Bytes) -> Option<Vec<u8>> {
        let permit = Arc::clone(&self.0).acquire_owned().await.ok()?;
        let work = tokio::task::spawn_blocking(move || {
            // Until the work is done, even if nobody waits for it any more.
            let _permit = permit;
            make(&mime_type, &bytes)
        });
        // A decoder that panics has refused the picture.
        work.await.ok().flatten()
    }
}

fn make(mime_type: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let bytes = Cursor::new(bytes);
    let picture = match mime_type {
        "image/jpeg" => decode(JpegDecoder::new(bytes).ok()?),
        "image/png" => decode(PngDecoder::with_limits(bytes, limits()).ok()?),
        "image/webp" => decode(WebPDecoder::new(bytes).ok()?),
        "image/gif" => decode(GifDecoder::new(bytes).ok()?),
        _ => None,
    }?;
    let small = on_white(&picture);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&small).ok()?;
    Some(jpeg)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    limits
}

fn decode(mut decoder: impl ImageDecoder) -> Option<DynamicImage> {
    // Before anything is taken apart: not all decoders count what they take.
    if decoder.total_bytes() > MEMORY_MAX {
        return None;
    }
    decoder.set_limits(limits()).ok()?;
    let turned = decoder.orientation().ok()?;
    let picture = DynamicImage::from_decoder(decoder).ok()?;
    let mut small = if picture.width().max(picture.height()) > SIDE {
        picture.thumbnail(SIDE, SIDE)
    } else {
        picture
    };
    small.apply_orientation(turned);
    Some(small)
}

/// JPEG has nothing that is seen through.
fn on_white(picture: &DynamicImage) -> DynamicImage {
    let mut pixels = picture.to_rgba8();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        pixel.0 = [over(red), over(green), over(blue), u8::MAX];
    }
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).to_rgb8())
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let colour = Rgba([200, 30, 30, 255]);
        let picture = DynamicImage::ImageRgba8(RgbaImage::from_pixel(width, height, colour));
        let mut bytes = Cursor::new(Vec::new());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn pictures_of_all_kinds_get_small() {
        for (format, mime_type) in [
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Png, "image/png"),
            (ImageFormat::WebP, "image/webp"),
            (ImageFormat::Gif, "image/gif"),
        ] {
            let small = make(mime_type, &picture(1000, 500, format)).expect(mime_type);
            let read = image::load_from_memory_with_format(&small, ImageFormat::Jpeg).unwrap();
            assert_eq!((read.width(), read.height()), (320, 160), "{mime_type}");
            let pixel = read.to_rgb8().get_pixel(10, 10).0;
            assert!(pixel[0] > 180 && pixel[1] < 60, "{mime_type}: {pixel:?}");
        }
        let tiny = make("image/png", &picture(3, 2, ImageFormat::Png)).unwrap();
        let read = image::load_from_memory(&tiny).unwrap();
        assert_eq!((read.width(), read.height()), (3, 2));
    }

    #[test]
    fn what_is_no_picture_or_a_huge_one_gets_none() {
        assert_eq!(make("image/png", b"no picture"), None);
        assert_eq!(make("image/svg+xml", b"<svg/>"), None);
        let whole = picture(64, 64, ImageFormat::Png);
        assert_eq!(make("image/png", &whole[..whole.len() / 2]), None);
        assert_eq!(make("image/jpeg", &whole), None, "another format than it says");
        // A head that promises 65,000 by 65,000 pixels.
        let mut bomb = whole;
        bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
        assert_eq!(make("image/png", &bomb), None);
    }
}
