//! What files each kind of channel takes: of which types, how many, how large.
//!
//! Sources: Twilio, "Accepted content types for media" and "MMS"; WhatsApp Cloud API, "Media" and the
//! pages of each type of message; RCS for Business, "Send messages" (files, rich cards).

use protocol::views::ChannelKind;

use super::channel;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Most files of an MMS, and of a message on the sandbox.
const FILES_MAX: usize = 10;
/// All files of an MMS together, and one that is no picture of the common kinds.
const MMS_BYTES_MAX: u64 = 5 * MIB;
const MMS_OTHER_BYTES_MAX: u64 = 500 * KIB;
/// The longest text beside a file, in UTF-16 units: a caption of WhatsApp, the description of a card.
const CAPTION_MAX: usize = 1_024;
const CARD_TEXT_MAX: usize = 2_000;

/// A file on its way to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub mime_type: String,
    /// Its size.
    pub bytes: u64,
}

/// How WhatsApp shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As a picture.
    Image,
    /// As a sound, without a caption.
    Audio,
    /// As a video.
    Video,
    /// As something to open.
    Document,
}

/// Files that a channel does not take: the field at fault, and what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFiles {
    /// `attachments` or `text`.
    pub field: &'static str,
    /// What is allowed instead.
    pub allowed: &'static str,
}

/// Returns how WhatsApp shows a type of files; `None` where it takes none.
pub fn on_whatsapp(mime_type: &str) -> Option<Shown> {
    Some(match mime_type {
        "image/jpeg" | "image/png" => Shown::Image,
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Shown::Audio,
        "video/mp4" | "video/3gpp" => Shown::Video,
        "application/pdf"
        | "text/plain"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint" => Shown::Document,
        office if office.starts_with("application/vnd.openxmlformats-officedocument.") => {
            Shown::Document
        }
        _ => return None,
    })
}

/// Says whether RCS shows a text beside such a file: on a card.
pub fn fits_a_card(mime_type: &str) -> bool {
    mime_type.starts_with("image/") || mime_type.starts_with("video/")
}

/// Returns the longest text beside files, in UTF-16 units.
pub fn text_max(kind: ChannelKind) -> usize {
    match kind {
        ChannelKind::Whatsapp => CAPTION_MAX,
        ChannelKind::Rcs => CARD_TEXT_MAX,
        ChannelKind::Sms | ChannelKind::Sandbox => channel::text_max(kind),
    }
}

/// Checks the files of one message, and whether a text may stand beside them.
pub fn check(kind: ChannelKind, files: &[Piece], has_text: bool) -> Result<(), BadFiles> {
    match kind {
        ChannelKind::Sms => mms(files),
        ChannelKind::Whatsapp => whatsapp(files, has_text),
        ChannelKind::Rcs => rcs(files, has_text),
        ChannelKind::Sandbox if files.len() > FILES_MAX => {
            bad("at most 10 files go with one message")
        }
        ChannelKind::Sandbox => Ok(()),
    }
}

fn mms(files: &[Piece]) -> Result<(), BadFiles> {
    if files.len() > FILES_MAX {
        return bad("at most 10 files go with one MMS");
    }
    if !files.iter().all(|it| in_mms(&it.mime_type)) {
        return bad(
            "an MMS takes pictures (JPEG, PNG, GIF, BMP, TIFF), sounds, videos, PDF, plain text, \
             vCard and calendar files",
        );
    }
    let large = |it: &Piece| !is_common_picture(&it.mime_type) && it.bytes > MMS_OTHER_BYTES_MAX;
    if files.iter().any(large) {
        return bad("in an MMS, a file that is no JPEG, PNG or GIF has at most 500 KB");
    }
    if files.iter().map(|it| it.bytes).sum::<u64>() > MMS_BYTES_MAX {
        return bad("the files of an MMS have at most 5 MB together");
    }
    Ok(())
}

fn is_common_picture(mime_type: &str) -> bool {
    matches!(mime_type, "image/jpeg" | "image/png" | "image/gif")
}

fn in_mms(mime_type: &str) -> bool {
    is_common_picture(mime_type)
        || mime_type.starts_with("audio/")
        || mime_type.starts_with("video/")
        || matches!(
            mime_type,
            "image/bmp"
                | "image/tiff"
                | "application/pdf"
                | "text/plain"
                | "text/vcard"
                | "text/x-vcard"
                | "text/calendar"
        )
}

fn whatsapp(files: &[Piece], has_text: bool) -> Result<(), BadFiles> {
    let [file] = files else { return bad("one file goes with one WhatsApp message") };
    let Some(shown) = on_whatsapp(&file.mime_type) else {
        return bad(
            "WhatsApp takes pictures (JPEG, PNG), sounds (AAC, AMR, MP3, M4A, Ogg), videos (MP4, \
             3GP), PDF, plain text and Office documents",
        );
    };
    let (max, allowed) = match shown {
        Shown::Image => (5 * MIB, "a picture on WhatsApp has at most 5 MB"),
        Shown::Audio => (16 * MIB, "a sound on WhatsApp has at most 16 MB"),
        Shown::Video => (16 * MIB, "a video on WhatsApp has at most 16 MB"),
        Shown::Document => (100 * MIB, "a document on WhatsApp has at most 100 MB"),
    };
    if file.bytes > max {
        return bad(allowed);
    }
    if has_text && shown == Shown::Audio {
        let allowed = "WhatsApp shows no text beside a sound: send it on its own";
        return Err(BadFiles { field: "text", allowed });
    }
    Ok(())
}

fn rcs(files: &[Piece], has_text: bool) -> Result<(), BadFiles> {
    let [file] = files else { return bad("one file goes with one RCS message") };
    let known = matches!(
        file.mime_type.as_str(),
        "application/pdf"
            | "application/ogg"
            | "audio/3gpp"
            | "audio/aac"
            | "audio/mp4"
            | "audio/mpeg"
            | "image/gif"
            | "image/jpeg"
            | "image/png"
            | "video/mp4"
            | "video/mpeg"
            | "video/webm"
    );
    if !known {
        return bad(
            "RCS takes pictures (JPEG, PNG, GIF), sounds (AAC, MP3, M4A, 3GP), videos (MP4, MPEG, \
             WebM) and PDF",
        );
    }
    if file.bytes > 100 * MIB {
        return bad("a file on RCS has at most 100 MB");
    }
    if has_text && !fits_a_card(&file.mime_type) {
        let allowed = "RCS shows a text beside pictures and videos only: send it on its own";
        return Err(BadFiles { field: "text", allowed });
    }
    Ok(())
}

fn bad(allowed: &'static str) -> Result<(), BadFiles> {
    Err(BadFiles { field: "attachments", allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(pieces: &[(&str, u64)]) -> Vec<Piece> {
        pieces
            .iter()
            .map(|(mime_type, bytes)| Piece { mime_type: (*mime_type).to_owned(), bytes: *bytes })
            .collect()
    }

    #[test]
    fn each_channel_has_its_kinds_counts_and_sizes() {
        use ChannelKind::{Rcs, Sandbox, Sms, Whatsapp};
        type Case = (ChannelKind, &'static [(&'static str, u64)], bool, Option<&'static str>);
        const JPEG: (&str, u64) = ("image/jpeg", MIB);
        let cases: [Case; 25] = [
            (Sms, &[JPEG, JPEG, JPEG, JPEG, JPEG], true, None),
            (Sms, &[JPEG, JPEG, JPEG, JPEG, JPEG, ("image/gif", 1)], true, Some("5 MB together")),
            (Sms, &[("image/png", 1); 11], true, Some("at most 10")),
            (Sms, &[("video/mp4", 500 * KIB)], true, None),
            (Sms, &[("video/mp4", 500 * KIB + 1)], true, Some("500 KB")),
            (Sms, &[("application/zip", 1)], true, Some("an MMS takes")),
            (Sms, &[("application/octet-stream", 1)], true, Some("an MMS takes")),
            (Whatsapp, &[JPEG], true, None),
            (Whatsapp, &[JPEG, JPEG], true, Some("one file")),
            (Whatsapp, &[("image/jpeg", 5 * MIB + 1)], true, Some("5 MB")),
            (Whatsapp, &[("image/gif", 1)], true, Some("WhatsApp takes")),
            (Whatsapp, &[("audio/ogg", MIB)], false, None),
            (Whatsapp, &[("audio/ogg", MIB)], true, Some("no text")),
            (Whatsapp, &[("audio/mpeg", 16 * MIB + 1)], false, Some("16 MB")),
            (Whatsapp, &[("video/mp4", 16 * MIB)], true, None),
            (Whatsapp, &[("application/pdf", 100 * MIB)], true, None),
            (Whatsapp, &[("application/pdf", 100 * MIB + 1)], true, Some("100 MB")),
            (Rcs, &[("application/pdf", MIB)], false, None),
            (Rcs, &[("application/pdf", MIB)], true, Some("beside pictures")),
            (Rcs, &[("image/gif", MIB)], true, None),
            (Rcs, &[JPEG, JPEG], false, Some("one file")),
            (Rcs, &[("text/plain", 1)], false, Some("RCS takes")),
            (Rcs, &[("video/mp4", 100 * MIB + 1)], false, Some("100 MB")),
            (Sandbox, &[("application/octet-stream", 1); 10], true, None),
            (Sandbox, &[("text/plain", 1); 11], true, Some("at most 10")),
        ];
        for (kind, files, has_text, expected) in cases {
            let allowed = check(kind, &pieces(files), has_text).err().map(|bad| bad.allowed);
            let fits = match (allowed, expected) {
                (Some(allowed), Some(expected)) => allowed.contains(expected),
                (None, None) => true,
                _ => false,
            };
            assert!(fits, "{kind:?} {files:?} {has_text}: {allowed:?}");
        }
        assert_eq!((text_max(Whatsapp), text_max(Rcs), text_max(Sms)), (1_024, 2_000, 1_600));
    }
}
