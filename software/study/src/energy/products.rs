//! Energy of a product by its format, as measured on our own lanes.

use bitladder_quantize::{LayerFormat, WeightScheme};
use serde::Deserialize;

use super::{EnergyError, parse, positive};
use crate::LayerShape;

/// How a lane takes its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Fixed,
    PowerOfTwo,
    Ternary,
    Binary,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Fixed => "fixed",
            Kind::PowerOfTwo => "power-of-two",
            Kind::Ternary => "ternary",
            Kind::Binary => "binary",
        }
    }
}

/// Picojoules per product of a lane in each of its formats. Memories are not counted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    name: String,
    #[serde(default, rename = "product")]
    products: Vec<Product>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    bits: u8,
    weights: Kind,
    picojoules: f64,
}

impl Products {
    /// The lane of `sim-4x4` in an open 180 nm library.
    pub fn shipped() -> Result<Self, EnergyError> {
        Self::from_toml(include_str!("../../models/osu018.toml"), "osu018.toml")
    }

    /// Reads a table; `file` is its name in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, EnergyError> {
        let mut table: Self = parse(text, file)?;
        for product in &table.products {
            positive(file, "picojoules", product.picojoules)?;
        }
        if table.products.is_empty() {
            return Err(EnergyError::NoRows { file: file.to_owned(), field: "product" });
        }
        table.products.sort_by_key(|product| product.bits);
        Ok(table)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Energy of a layer's products for one image, in picojoules: in the narrowest mode that holds
    /// weights and inputs.
    pub fn picojoules(&self, layer: &LayerShape, format: LayerFormat) -> Result<f64, EnergyError> {
        let (kind, bits) = taken(format);
        let of = || self.products.iter().filter(|product| product.weights == kind);
        if let Some(product) = of().find(|product| product.bits >= bits) {
            return Ok(product.picojoules * layer.multiplications() as f64);
        }
        match of().next_back() {
            Some(widest) => {
                Err(EnergyError::Width { model: self.name.clone(), bits, widest: widest.bits })
            }
            None => Err(EnergyError::Unknown {
                model: self.name.clone(),
                what: "kind of weights",
                name: kind.name().to_owned(),
                known: self.known(),
            }),
        }
    }

    fn known(&self) -> String {
        let mut names: Vec<&str> = self.products.iter().map(|one| one.weights.name()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }
}

/// How a machine takes a format, and the bits that a mode must have.
fn taken(format: LayerFormat) -> (Kind, u8) {
    let (kind, bits) = match format.weights {
        WeightScheme::Fixed { bits } | WeightScheme::Nested { bits } => (Kind::Fixed, bits),
        // Odd integers are what is stored.
        WeightScheme::Levels { bits } => (Kind::Fixed, bits + 1),
        WeightScheme::PowerOfTwo => (Kind::PowerOfTwo, 16),
        WeightScheme::Ternary => (Kind::Ternary, 2),
        WeightScheme::Binary if format.input_bits == 1 => (Kind::Binary, 1),
        WeightScheme::Binary => (Kind::Ternary, 2),
        // Decoded to 16 bits in front of the array.
        WeightScheme::Qsq { .. } | WeightScheme::Scalable(_) => (Kind::Fixed, 16),
    };
    (kind, bits.max(format.input_bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_product(table: &Products, format: &str) -> Result<f64, EnergyError> {
        let layer = LayerShape::dense("fc", 5, 2);
        Ok(table.picojoules(&layer, format.parse().unwrap())? / 10.0)
    }

    #[test]
    fn formats_take_the_narrowest_mode_that_holds_them() {
        let table = Products::shipped().unwrap();
        let of = |format| per_product(&table, format).unwrap();
        assert!(of("16") > of("8") && of("8") > of("4"));
        assert_eq!(of("w4a8"), of("8"));
        assert_eq!(of("5"), of("8"));
        assert_eq!(of("2"), of("4"));
        assert!(of("pow2a16") < of("16"));
    }

    #[test]
    fn what_a_table_lacks_is_named() {
        let text = "name='x'\n[[product]]\nbits=8\nweights='fixed'\npicojoules=2.0\n";
        let table = Products::from_toml(text, "x.toml").unwrap();
        assert_eq!(per_product(&table, "4").unwrap(), 2.0);
        let message = per_product(&table, "16").unwrap_err().to_string();
        assert_eq!(message, "x: no width of 16 bits; its widest is 8");
        let message = per_product(&table, "pow2a16").unwrap_err().to_string();
        assert_eq!(message, "x: no kind of weights is called `power-of-two`; it has fixed");
        let message = Products::from_toml("name='x'", "x.toml").unwrap_err().to_string();
        assert_eq!(message, "x.toml: there is no [[product]]; give at least one");
        let negative = Products::from_toml(&text.replace("2.0", "-2.0"), "x.toml").unwrap_err();
        assert!(negative.to_string().contains("picojoules is -2"), "{negative}");
        let odd = Products::from_toml(&text.replace("fixed", "float"), "x.toml").unwrap_err();
        assert!(odd.to_string().contains("float"), "{odd}");
    }
}
