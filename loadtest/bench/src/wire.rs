//! RFC 6455, as much as a client needs that measures: whole text frames, pings, closes.

use anyhow::ensure;

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// A frame of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// A text.
    Text(&'a [u8]),
    /// Wants to be answered with the same bytes.
    Ping(&'a [u8]),
    /// The answer to a ping.
    Pong,
    /// The server goes: number and reason.
    Close(&'a [u8]),
}

/// Reads the first frame of these bytes and how long it is; `None` where it is not all there.
pub(crate) fn frame(bytes: &[u8]) -> anyhow::Result<Option<(Frame<'_>, usize)>> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    ensure!(first & 0x80 != 0, "a fragment");
    ensure!(second & 0x80 == 0, "a masked frame");
    let (head, length) = match (second, rest.first_chunk(), rest.first_chunk()) {
        (126, Some(two), _) => (4, u64::from(u16::from_be_bytes(*two))),
        (127, _, Some(eight)) => (10, u64::from_be_bytes(*eight)),
        (126 | 127, ..) => return Ok(None),
        (short, ..) => (2, u64::from(short)),
    };
    let end = head + usize::try_from(length)?;
    let Some(payload) = bytes.get(head..end) else { return Ok(None) };
    let frame = match first & 0x0F {
        TEXT => Frame::Text(payload),
        PING => Frame::Ping(payload),
        PONG => Frame::Pong,
        CLOSE => Frame::Close(payload),
        other => anyhow::bail!("a frame with opcode {other}"),
    };
    Ok(Some((frame, end)))
}

/// Appends a text frame of a client. The mask is nought, which spares the masking.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put(out, TEXT, Some([0; 4]), text);
}

/// Appends the answer to a ping.
pub(crate) fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put(out, PONG, Some([0; 4]), payload);
}

/// Appends a text frame of a server.
pub(crate) fn put_server_text(out: &mut Vec<u8>, text: &[u8]) {
    put(out, TEXT, None, text);
}

fn put(out: &mut Vec<u8>, opcode: u8, mask: Option<[u8; 4]>, payload: &[u8]) {
    let masked = u8::from(mask.is_some()) << 7;
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..=125), _) => out.push(masked | length),
        (_, Ok(length)) => {
            out.push(masked | 0x7E);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(masked | 0x7F);
            out.extend(u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    out.extend(mask.into_iter().flatten());
    out.extend(payload);
}

/// Reads the first frame of a client, and how long it is.
pub(crate) fn client_text(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let &[_first, second, ref rest @ ..] = bytes else { return None };
    let (head, length) = match (second & 0x7F, rest) {
        (126, &[a, b, ..]) => (4, usize::from(u16::from_be_bytes([a, b]))),
        (126 | 127, _) => return None,
        (short, _) => (2, usize::from(short)),
    };
    let mask = bytes.get(head..head + 4)?;
    let payload = bytes.get(head + 4..head + 4 + length)?;
    let text = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((text, head + 4 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read() {
        for length in [0, 1, 125, 126, 300, 65_535, 65_536, 200_000] {
            let text = vec![b'x'; length];
            let mut out = Vec::new();
            put_server_text(&mut out, &text);
            for cut in [0, 1, 3, 9, out.len() - 1] {
                assert_eq!(frame(out.get(..cut.min(out.len() - 1)).unwrap()).unwrap(), None);
            }
            let whole = out.len();
            out.push(0x81);
            assert_eq!(frame(&out).unwrap(), Some((Frame::Text(&text), whole)), "{length}");
            if length <= 65_535 {
                let mut out = Vec::new();
                put_text(&mut out, &text);
                assert_eq!(client_text(&out), Some((text, out.len())));
            }
        }
        assert!(frame(&[0x01, 0x00]).is_err(), "a fragment");
    }
}
