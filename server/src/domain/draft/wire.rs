//! Reads an update of Yjs (version 1) strictly, before the library sees it: nothing but text in the two
//! places that a draft has, written by one client.
//!
//! The library reads much more than text, deep nesting included, which no limit on bytes makes safe: it
//! goes down one call a level, and a stack that is full ends the process.

use super::document::{BadUpdate, FILES, TEXT};

/// Kinds of content, in the lower five bits of a block's first byte.
const GONE: u8 = 0;
const DELETED: u8 = 1;
const WORDS: u8 = 4;
/// What a block's first byte says of what follows.
const HAS_LEFT: u8 = 0x80;
const HAS_RIGHT: u8 = 0x40;
const HAS_KEY: u8 = 0x20;

/// Checks an update.
pub(super) fn check(update: &[u8], client: u32) -> Result<(), BadUpdate> {
    let mut it = Reader(update);
    for _section in 0..it.number()? {
        let blocks = it.number()?;
        if it.number()? != client {
            return Err(BadUpdate::AnothersClient);
        }
        let mut clock = it.number()?;
        for _block in 0..blocks {
            let length = it.block()?;
            clock = clock.checked_add(length).ok_or(BadUpdate::Unreadable)?;
        }
    }
    for _client in 0..it.number()? {
        it.number()?;
        for _range in 0..it.number()? {
            let (clock, length) = (it.number()?, it.number()?);
            clock.checked_add(length).ok_or(BadUpdate::Unreadable)?;
        }
    }
    if it.0.is_empty() { Ok(()) } else { Err(BadUpdate::Unreadable) }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, BadUpdate> {
        let (first, rest) = self.0.split_first().ok_or(BadUpdate::Unreadable)?;
        self.0 = rest;
        Ok(*first)
    }

    /// A number of up to 32 bits, seven in a byte, the lowest first.
    fn number(&mut self) -> Result<u32, BadUpdate> {
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(number).map_err(|_large| BadUpdate::Unreadable);
            }
        }
        Err(BadUpdate::Unreadable)
    }

    fn text(&mut self) -> Result<&str, BadUpdate> {
        let length = usize::try_from(self.number()?).map_err(|_large| BadUpdate::Unreadable)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(BadUpdate::Unreadable)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_not_utf8| BadUpdate::Unreadable)
    }

    /// Reads a block, and returns how many units it has.
    fn block(&mut self) -> Result<u32, BadUpdate> {
        let info = self.byte()?;
        let kind = info & 0x1f;
        if info == GONE {
            return self.length();
        }
        if info & HAS_KEY != 0 {
            return Err(BadUpdate::NotText);
        }
        let (left, right) = (info & HAS_LEFT != 0, info & HAS_RIGHT != 0);
        for _neighbour in 0..u8::from(left) + u8::from(right) {
            self.number()?;
            self.number()?;
        }
        if !left && !right {
            if self.number()? != 1 {
                return Err(BadUpdate::NotText);
            }
            let place = self.text()?;
            if place != TEXT && place != FILES {
                return Err(BadUpdate::NotText);
            }
        }
        match kind {
            DELETED => self.length(),
            WORDS => {
                let units = self.text()?.encode_utf16().count();
                u32::try_from(units).ok().filter(|units| *units > 0).ok_or(BadUpdate::Unreadable)
            }
            _ => Err(BadUpdate::NotText),
        }
    }

    fn length(&mut self) -> Result<u32, BadUpdate> {
        let length = self.number()?;
        if length == 0 { Err(BadUpdate::Unreadable) } else { Ok(length) }
    }
}
