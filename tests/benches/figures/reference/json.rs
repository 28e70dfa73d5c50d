//! Reads JSON (RFC 8259) from a text, a piece at a time, and borrows what it gives out.
//!
//! Mapping is nearly all JSON, and in the sandbox each function entered and each turn of a loop also asks whether the time
//! is over. So this reader is one flat state (a position in a text) with functions that are inlined, and looks at eight
//! bytes at a time within strings. `serde_json` was measured and rejected, for records only: it looks at four bytes at a
//! time on a 32-bit machine and goes through many small calls, and mapping in the sandbox took 1.4 times as long with it.
//! Everything that is not read for each employee uses it. The tests hold this reader against it on any text.
//!
//! What it takes is JSON and nothing more. What it skips is checked too, so that a record that was cut is never taken for a
//! whole one.

#![allow(clippy::inline_always, reason = "measured: a tenth of the time of mapping in the sandbox")]

use std::borrow::Cow;

/// How deep objects and lists may lie in each other; as deep as `serde_json` goes.
pub const MAX_DEPTH: u32 = 127;

/// Where a text stops being JSON. Names a place, never a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    at: usize,
}

impl Broken {
    /// The line, and the column in bytes, both from 1; behind the last column if the text ends too early.
    #[must_use]
    pub fn place(self, text: &str) -> (usize, usize) {
        let before = text.as_bytes().get(..self.at).unwrap_or_default();
        let (lines, last) =
            before.split(|byte| *byte == b'\n').fold((0, 0), |(lines, _), line| (lines + 1, line.len()));
        (lines, last + 1)
    }
}

/// What a value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    List,
    /// `"`
    Text,
    /// A digit or `-`
    Number,
    /// `true` or `false`
    Truth,
    /// `null`
    Null,
}

/// A position in a text.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the beginning of a text.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What comes next.
    ///
    /// # Errors
    /// When no value begins here.
    #[inline(always)]
    pub fn kind(&mut self) -> Result<Kind, Broken> {
        self.blank();
        match self.peek() {
            Some(b'"') => Ok(Kind::Text),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::List),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Truth),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.broken()),
        }
    }

    /// Goes into an object or a list.
    ///
    /// # Errors
    /// When none begins here.
    #[inline(always)]
    pub fn enter(&mut self, kind: Kind) -> Result<(), Broken> {
        if self.kind()? != kind {
            return Err(self.broken());
        }
        self.at += 1;
        Ok(())
    }

    /// The next key of the object the reader is in; none at its end, which the reader then has passed.
    ///
    /// # Errors
    /// When there is neither.
    #[inline(always)]
    pub fn key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>, Broken> {
        if !self.another(first, b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        self.blank();
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// Whether the list the reader is in has another element; at its end the reader has passed it.
    ///
    /// # Errors
    /// When there is neither.
    #[inline(always)]
    pub fn element(&mut self, first: &mut bool) -> Result<bool, Broken> {
        self.another(first, b']')
    }

    /// A string's text; borrowed if nothing in it is escaped.
    ///
    /// # Errors
    /// When there is none, or it ends nowhere, or it has an escape or a character that JSON does not allow.
    #[inline(always)]
    pub fn string(&mut self) -> Result<Cow<'a, str>, Broken> {
        self.blank();
        self.expect(b'"')?;
        let start = self.at;
        match self.plain()? {
            b'"' => {
                let plain = self.slice(start, self.at);
                self.at += 1;
                Ok(Cow::Borrowed(plain))
            }
            _ => self.escaped(start).map(Cow::Owned),
        }
    }

    /// A number, as it is written.
    ///
    /// # Errors
    /// When there is none, or it is not written as JSON has it.
    pub fn number(&mut self) -> Result<&'a str, Broken> {
        self.blank();
        let start = self.at;
        self.pass(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.pass(b'.') {
            self.digits()?;
        }
        if self.pass(b'e') || self.pass(b'E') {
            let _ = self.pass(b'+') || self.pass(b'-');
            self.digits()?;
        }
        Ok(self.slice(start, self.at))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When there is neither.
    pub fn truth(&mut self) -> Result<&'static str, Broken> {
        self.blank();
        let word = if self.peek() == Some(b't') { "true" } else { "false" };
        self.word(word)?;
        Ok(word)
    }

    /// `null`.
    ///
    /// # Errors
    /// When there is none.
    pub fn null(&mut self) -> Result<(), Broken> {
        self.blank();
        self.word("null")
    }

    /// Passes a whole value, checking that it is one. Uses no stack, however deep it goes.
    ///
    /// # Errors
    /// When it is none, or deeper than [`MAX_DEPTH`] below `depth`.
    #[inline(always)]
    pub fn skip(&mut self, depth: u32) -> Result<(), Broken> {
        self.blank();
        // By far the most are text.
        if self.peek() == Some(b'"') {
            return self.skip_string();
        }
        match self.kind()? {
            Kind::Text => self.skip_string(),
            Kind::Number => self.number().map(drop),
            Kind::Truth => self.truth().map(drop),
            Kind::Null => self.null(),
            Kind::Object | Kind::List => self.skip_nested(depth),
        }
    }

    /// Ends the text.
    ///
    /// # Errors
    /// When something follows.
    pub fn end(mut self) -> Result<(), Broken> {
        self.blank();
        if self.at == self.text.len() { Ok(()) } else { Err(self.broken()) }
    }

    /// The error for the present place.
    #[must_use]
    #[inline(always)]
    pub const fn broken(&self) -> Broken {
        Broken { at: self.at }
    }

    /// Objects and lists within each other; which of the two each is, is one bit.
    fn skip_nested(&mut self, depth: u32) -> Result<(), Broken> {
        let mut objects: u128 = 0;
        let mut open: u32 = 0;
        let mut first = false;
        loop {
            // A value begins here.
            match self.kind()? {
                kind @ (Kind::Object | Kind::List) => {
                    if depth.saturating_add(open) >= MAX_DEPTH {
                        return Err(self.broken());
                    }
                    self.at += 1;
                    open += 1;
                    objects = (objects << 1) | u128::from(kind == Kind::Object);
                    first = true;
                }
                Kind::Text => self.skip_string()?,
                Kind::Number => drop(self.number()?),
                Kind::Truth => drop(self.truth()?),
                Kind::Null => self.null()?,
            }
            // It has ended, or it has been entered; so may those around it have.
            loop {
                let is_object = objects & 1 == 1;
                if self.another(&mut first, if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.blank();
                        self.skip_string()?;
                        self.blank();
                        self.expect(b':')?;
                    }
                    break;
                }
                objects >>= 1;
                open -= 1;
                if open == 0 {
                    return Ok(());
                }
            }
        }
    }

    #[inline(always)]
    fn skip_string(&mut self) -> Result<(), Broken> {
        self.expect(b'"')?;
        while self.plain()? == b'\\' {
            self.at += 1;
            match self.peek() {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                Some(b'u') => {
                    self.at += 1;
                    self.hex()?;
                }
                _ => return Err(self.broken()),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Passes a comma, if one is due; false at the closing byte, which is passed.
    #[inline(always)]
    fn another(&mut self, first: &mut bool, close: u8) -> Result<bool, Broken> {
        self.blank();
        match self.peek() {
            Some(byte) if byte == close => {
                *first = false;
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !*first => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if *first => {
                *first = false;
                Ok(true)
            }
            _ => Err(self.broken()),
        }
    }

    /// Passes what needs no second look in a string; gives the byte that does: the closing quote or a backslash.
    #[inline(always)]
    fn plain(&mut self) -> Result<u8, Broken> {
        // Most strings are short: two steps without a loop, which would ask for the time.
        for _ in 0..2 {
            match self.eight() {
                Some(0) => self.at += 8,
                Some(special) => return self.special(special),
                None => return self.plain_end(),
            }
        }
        self.plain_long()
    }

    /// A long string's rest.
    #[inline(never)]
    fn plain_long(&mut self) -> Result<u8, Broken> {
        loop {
            match self.eight() {
                Some(0) => self.at += 8,
                Some(special) => return self.special(special),
                None => return self.plain_end(),
            }
        }
    }

    /// Which of the next eight bytes need a second look; none near the text's end.
    #[inline(always)]
    fn eight(&self) -> Option<u64> {
        let chunk = self.text.as_bytes().get(self.at..)?.first_chunk::<8>()?;
        Some(special(u64::from_le_bytes(*chunk)))
    }

    /// To the first byte that needs a second look.
    #[inline(always)]
    fn special(&mut self, special: u64) -> Result<u8, Broken> {
        self.at += special.trailing_zeros() as usize / 8;
        match self.peek() {
            Some(byte @ 0x20..) => Ok(byte),
            _ => Err(self.broken()),
        }
    }

    /// The same for a text's last bytes.
    #[cold]
    fn plain_end(&mut self) -> Result<u8, Broken> {
        loop {
            match self.peek() {
                Some(byte @ (b'"' | b'\\')) => return Ok(byte),
                Some(0x20..) => self.at += 1,
                _ => return Err(self.broken()),
            }
        }
    }

    /// A string with an escape in it, from where it starts; the reader is at the first escape.
    #[cold]
    fn escaped(&mut self, start: usize) -> Result<String, Broken> {
        let mut text = self.slice(start, self.at).to_owned();
        loop {
            let start = self.at;
            let special = self.plain()?;
            text.push_str(self.slice(start, self.at));
            self.at += 1;
            if special == b'"' {
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    /// What an escape stands for; the reader is behind its backslash.
    fn escape(&mut self) -> Result<char, Broken> {
        let Some(byte) = self.peek() else { return Err(self.broken()) };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.broken()),
        })
    }

    /// RFC 8259, 7: a character beyond the first 65,536 is written as two surrogates. Half of one is not a character.
    fn unicode(&mut self) -> Result<char, Broken> {
        let unit = self.hex()?;
        let mut code = u32::from(unit);
        if (0xD800..0xDC00).contains(&unit) {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            let low = self.hex()?;
            if !(0xDC00..0xE000).contains(&low) {
                return Err(self.broken());
            }
            code = 0x1_0000 + ((code - 0xD800) << 10) + (u32::from(low) - 0xDC00);
        }
        char::from_u32(code).ok_or_else(|| self.broken())
    }

    /// Four hexadecimal digits.
    fn hex(&mut self) -> Result<u16, Broken> {
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(|| self.broken())?;
            self.at += 1;
            // Four digits of four bits each are sixteen bits.
            unit = (unit << 4) | u16::try_from(digit).unwrap_or_default();
        }
        Ok(unit)
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Broken> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.broken()) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<(), Broken> {
        if !self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.broken());
        }
        self.at += word.len();
        Ok(())
    }

    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.pass(byte) { Ok(()) } else { Err(self.broken()) }
    }

    #[inline(always)]
    fn pass(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    /// One look is enough in a compact text.
    #[inline(always)]
    fn blank(&mut self) {
        if matches!(self.peek(), Some(..=b' ')) {
            self.blank_all();
        }
    }

    #[cold]
    fn blank_all(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Both ends are beside ASCII bytes, so that there always is such a slice.
    #[inline(always)]
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// Marks each byte that is a quote, a backslash or a control character with its highest bit. Bytes above the first marked
/// one may be marked in error, for a borrow runs upwards; the first is always right.
#[inline]
const fn special(bytes: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    const fn zero(bytes: u64) -> u64 {
        bytes.wrapping_sub(ONES) & !bytes
    }
    let quote = zero(bytes ^ (ONES * b'"' as u64));
    let backslash = zero(bytes ^ (ONES * b'\\' as u64));
    let control = bytes.wrapping_sub(ONES * 0x20) & !bytes;
    (quote | backslash | control) & HIGHS
}
