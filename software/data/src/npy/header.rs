//! The header: a Python dictionary with three known keys.

use super::NpyError;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Header {
    pub(super) descr: String,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

/// Reads the dictionary that NumPy writes. Keys may come in any order; each must be there once.
pub(super) fn parse(text: &[u8]) -> Result<Header, NpyError> {
    let mut parser = Parser { text, place: 0 };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    parser.expect(b"{", "`{`")?;
    while !parser.accept(b"}") {
        let known = "one of the keys descr, fortran_order and shape, once";
        let place = parser.place;
        let key = parser.string()?;
        parser.expect(b":", "`:`")?;
        match key.as_str() {
            "descr" if descr.is_none() => descr = Some(parser.descr()?),
            "fortran_order" if fortran_order.is_none() => fortran_order = Some(parser.boolean()?),
            "shape" if shape.is_none() => shape = Some(parser.tuple()?),
            _ => return Err(NpyError::Header { place, wanted: known }),
        }
        if !parser.accept(b",") {
            parser.expect(b"}", "`,` or `}`")?;
            break;
        }
    }
    parser.skip_space();
    if parser.place < text.len() {
        return Err(parser.error("the end"));
    }
    match (descr, fortran_order, shape) {
        (Some(descr), Some(fortran_order), Some(shape)) => {
            Ok(Header { descr, fortran_order, shape })
        }
        _ => Err(parser.error("all of descr, fortran_order and shape before the end")),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    place: usize,
}

impl Parser<'_> {
    fn error(&self, wanted: &'static str) -> NpyError {
        NpyError::Header { place: self.place, wanted }
    }

    fn skip_space(&mut self) {
        let space = self.text[self.place..].iter().take_while(|byte| byte.is_ascii_whitespace());
        self.place += space.count();
    }

    fn accept(&mut self, token: &[u8]) -> bool {
        self.skip_space();
        let found = self.text[self.place..].starts_with(token);
        if found {
            self.place += token.len();
        }
        found
    }

    fn expect(&mut self, token: &[u8], wanted: &'static str) -> Result<(), NpyError> {
        if self.accept(token) { Ok(()) } else { Err(self.error(wanted)) }
    }

    /// Text in single or double quotes.
    fn string(&mut self) -> Result<String, NpyError> {
        let quote: u8 = if self.accept(b"'") {
            b'\''
        } else if self.accept(b"\"") {
            b'"'
        } else {
            return Err(self.error("text in quotes"));
        };
        let rest = &self.text[self.place..];
        let length = rest.iter().position(|&byte| byte == quote);
        let length = length.ok_or_else(|| self.error("a closing quote"))?;
        self.place += length + 1;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    /// The element type. Records have a list here, which is no type this crate reads.
    fn descr(&mut self) -> Result<String, NpyError> {
        if self.accept(b"[") {
            return Err(NpyError::Type("record".into()));
        }
        self.string()
    }

    fn boolean(&mut self) -> Result<bool, NpyError> {
        if self.accept(b"True") {
            return Ok(true);
        }
        self.expect(b"False", "True or False").map(|()| false)
    }

    /// Whole numbers in parentheses, such as `()`, `(3,)` or `(3, 4)`.
    fn tuple(&mut self) -> Result<Vec<u64>, NpyError> {
        self.expect(b"(", "`(`")?;
        let mut sizes = Vec::new();
        while !self.accept(b")") {
            sizes.push(self.number()?);
            if !self.accept(b",") {
                self.expect(b")", "`,` or `)`")?;
                break;
            }
        }
        Ok(sizes)
    }

    fn number(&mut self) -> Result<u64, NpyError> {
        self.skip_space();
        let rest = &self.text[self.place..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&rest[..digits]).ok().and_then(|text| text.parse().ok());
        let number = number.ok_or_else(|| self.error("a size"))?;
        self.place += digits;
        // Python 2 marked long numbers.
        self.accept(b"L");
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_every_spelling() {
        let header = |shape: &[u64]| Header {
            descr: "<f4".into(),
            fortran_order: false,
            shape: shape.to_vec(),
        };
        for (text, shape) in [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n", vec![3, 4]),
            ("{\"shape\":(3,),\"descr\":\"<f4\",\"fortran_order\":False}", vec![3]),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", vec![]),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (10L, 2L), }", vec![10, 2]),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), header(&shape), "{text}");
        }
        let fortran = b"{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }";
        assert!(parse(fortran).unwrap().fortran_order);
    }

    #[test]
    fn damage_is_located() {
        for (text, wanted) in [
            ("", "its header is damaged at byte 0: expected `{`"),
            ("{'descr': '<f4'", "its header is damaged at byte 15: expected `,` or `}`"),
            ("{'descr '<f4'}", "its header is damaged at byte 9: expected `:`"),
            ("{'descr': '<f4}", "its header is damaged at byte 11: expected a closing quote"),
            ("{'shape': (1, -2)}", "its header is damaged at byte 14: expected a size"),
            ("{'shape': (99999999999999999999,)}", "at byte 11: expected a size"),
            ("{'shape': 3}", "its header is damaged at byte 10: expected `(`"),
            ("{'fortran_order': 0}", "at byte 18: expected True or False"),
            ("{'shape': (), 'shape': ()}", "at byte 14: expected one of the keys descr, fortran_"),
            ("{'shape': (), }", "at byte 15: expected all of descr, fortran_order and shape"),
            ("{'shape': (), } x", "at byte 16: expected the end"),
            ("{3: 4}", "its header is damaged at byte 1: expected text in quotes"),
            ("{'descr': [('x', '<f4')]}", "its elements are of type `record`"),
        ] {
            let message = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(wanted), "{text}: {message}");
        }
    }
}
