//! Elements of arrays.

/// The elements of an array, as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum NpyValues {
    /// Unsigned bytes.
    U8(Vec<u8>),
    /// Signed bytes.
    I8(Vec<i8>),
    /// 16-bit integers.
    I16(Vec<i16>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
}

/// Applies one expression to the vector inside, whatever its type.
macro_rules! each {
    ($values:expr, $inner:ident => $result:expr) => {
        match $values {
            NpyValues::U8($inner) => $result,
            NpyValues::I8($inner) => $result,
            NpyValues::I16($inner) => $result,
            NpyValues::I32($inner) => $result,
            NpyValues::I64($inner) => $result,
            NpyValues::F32($inner) => $result,
            NpyValues::F64($inner) => $result,
        }
    };
}

impl NpyValues {
    /// Number of elements.
    pub fn len(&self) -> usize {
        each!(self, values => values.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// NumPy's name of the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::U8(_) => "uint8",
            Self::I8(_) => "int8",
            Self::I16(_) => "int16",
            Self::I32(_) => "int32",
            Self::I64(_) => "int64",
            Self::F32(_) => "float32",
            Self::F64(_) => "float64",
        }
    }

    /// Whether the elements are whole numbers by their type.
    pub fn is_integer(&self) -> bool {
        !matches!(self, Self::F32(_) | Self::F64(_))
    }

    /// The elements as floats, rounded to the nearest where they do not fit exactly.
    #[allow(clippy::unnecessary_cast, reason = "one expression for all types")]
    pub fn to_f32(&self) -> Vec<f32> {
        each!(self, values => values.iter().map(|&value| value as f32).collect())
    }

    /// The elements as integers, or none if they are floats.
    #[allow(clippy::unnecessary_cast, reason = "one expression for all types")]
    pub fn to_i64(&self) -> Option<Vec<i64>> {
        self.is_integer()
            .then(|| each!(self, values => values.iter().map(|&value| value as i64).collect()))
    }

    /// Elements from bytes by type code and order, or none for a type that is not known. The
    /// bytes are known to be a whole number of elements.
    pub(super) fn decode(descr: &str, bytes: Vec<u8>) -> Option<Self> {
        let code = Code::parse(descr)?;
        let big = code.big;
        Some(match code.kind {
            "u1" => Self::U8(bytes),
            "i1" => Self::I8(elements(&bytes, big, i8::from_le_bytes)),
            "i2" => Self::I16(elements(&bytes, big, i16::from_le_bytes)),
            "i4" => Self::I32(elements(&bytes, big, i32::from_le_bytes)),
            "i8" => Self::I64(elements(&bytes, big, i64::from_le_bytes)),
            "f4" => Self::F32(elements(&bytes, big, f32::from_le_bytes)),
            "f8" => Self::F64(elements(&bytes, big, f64::from_le_bytes)),
            _ => return None,
        })
    }
}

/// Bytes of one element by its type code, or none for a type that is not known.
pub(super) fn element_size(descr: &str) -> Option<usize> {
    Code::parse(descr).map(|code| code.size)
}

/// A type code taken apart.
struct Code<'a> {
    kind: &'a str,
    size: usize,
    big: bool,
}

impl<'a> Code<'a> {
    fn parse(descr: &'a str) -> Option<Self> {
        let (order, kind) = descr.split_at_checked(1)?;
        let size = match kind {
            "u1" | "i1" => 1,
            "i2" => 2,
            "i4" | "f4" => 4,
            "i8" | "f8" => 8,
            _ => return None,
        };
        // `|` means that bytes have no order.
        let known = matches!(order, "<" | ">") || (order == "|" && size == 1);
        known.then_some(Self { kind, size, big: order == ">" })
    }
}

fn elements<T, const SIZE: usize>(
    bytes: &[u8],
    big: bool,
    from: impl Fn([u8; SIZE]) -> T,
) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks();
    let value = |&chunk: &[u8; SIZE]| {
        let mut chunk = chunk;
        if big {
            chunk.reverse();
        }
        from(chunk)
    };
    chunks.iter().map(value).collect()
}

/// Types of elements that can be written.
pub trait NpyElement: Copy + sealed::Sealed {
    /// NumPy's code of the type, least significant byte first.
    const DESCR: &'static str;

    /// Appends the bytes of one element.
    fn append(self, bytes: &mut Vec<u8>);
}

mod sealed {
    /// The format knows these types only.
    pub trait Sealed {}
}

macro_rules! element {
    ($($kind:ty, $descr:literal);+) => {
        $(
            impl sealed::Sealed for $kind {}

            impl NpyElement for $kind {
                const DESCR: &'static str = $descr;

                fn append(self, bytes: &mut Vec<u8>) {
                    bytes.extend(self.to_le_bytes());
                }
            }
        )+
    };
}

element!(i32, "<i4"; i64, "<i8"; f32, "<f4"; f64, "<f8");
