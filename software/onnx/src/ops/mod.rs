//! The operators, one file per family, and the table that names them all.

mod activation;
mod arithmetic;
mod cast;
mod conv;
mod dense;
mod fold;
mod integer;
mod norm;
mod pad;
mod pool;
mod qlinear;
mod qonnx;
mod quantize;
mod reduce;
mod select;
mod shape;
mod window;

use crate::NodeError;
use crate::node::Node;
use crate::value::Value;

/// Turns a node into layers or constants; the result is the node's first output.
type Import = fn(&mut Node<'_, '_>) -> Result<Value, NodeError>;

/// The standard operators' domain, as it is written out.
const STANDARD: &str = "ai.onnx";
/// Operators of ONNX Runtime.
const MICROSOFT: &str = "com.microsoft";
/// Operators of QONNX; Brevitas and FINN have used other names for the same.
const QONNX: &str = "qonnx.custom_op.general";

/// An operator this importer knows.
struct Operator {
    domain: &'static str,
    name: &'static str,
    /// Attributes that are understood; any other is refused, since it may change the result.
    attributes: &'static [&'static str],
    /// Most inputs.
    inputs: usize,
    import: Import,
}

const fn standard(
    name: &'static str,
    attributes: &'static [&'static str],
    inputs: usize,
    import: Import,
) -> Operator {
    Operator { domain: STANDARD, name, attributes, inputs, import }
}

const fn microsoft(
    name: &'static str,
    attributes: &'static [&'static str],
    inputs: usize,
    import: Import,
) -> Operator {
    Operator { domain: MICROSOFT, name, attributes, inputs, import }
}

const CONV: &[&str] = &["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];
const AVERAGE: &[&str] =
    &["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"];
const AVERAGE_Q: &[&str] = &[
    "auto_pad",
    "ceil_mode",
    "channels_last",
    "count_include_pad",
    "kernel_shape",
    "pads",
    "strides",
];
const MAX: &[&str] =
    &["auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"];
const NORM: &[&str] = &["epsilon", "momentum", "spatial", "training_mode"];
const CONSTANT: &[&str] = &["value", "value_float", "value_floats", "value_int", "value_ints"];
const QUANTIZE: &[&str] = &["axis", "block_size", "output_dtype", "precision", "saturate"];

const OPERATORS: &[Operator] = &[
    standard("Add", &[], 2, arithmetic::add),
    standard("AveragePool", AVERAGE, 1, pool::average),
    standard("BatchNormalization", NORM, 5, norm::batch_normalization),
    standard("Cast", &["round_mode", "saturate", "to"], 1, cast::cast),
    standard("Clip", &["max", "min"], 3, activation::clip),
    standard("Concat", &["axis"], usize::MAX, fold::concat),
    standard("Constant", CONSTANT, 0, fold::constant),
    standard("ConstantOfShape", &["value"], 1, fold::constant_of_shape),
    standard("Conv", CONV, 3, conv::conv),
    standard("ConvInteger", CONV, 4, integer::conv),
    standard("DequantizeLinear", QUANTIZE, 3, quantize::dequantize),
    standard("Div", &[], 2, arithmetic::div),
    standard("Dropout", &["ratio", "seed"], 3, shape::dropout),
    standard("Flatten", &["axis"], 1, shape::flatten),
    standard("Gather", &["axis"], 2, select::gather),
    standard("Gemm", &["alpha", "beta", "transA", "transB"], 3, dense::gemm),
    standard("GlobalAveragePool", &[], 1, pool::global_average),
    standard("GlobalMaxPool", &[], 1, pool::global_max),
    standard("Identity", &[], 1, shape::identity),
    standard("MatMul", &[], 2, dense::matmul),
    standard("MatMulInteger", &[], 4, integer::matmul),
    standard("MaxPool", MAX, 1, pool::max),
    standard("Mul", &[], 2, arithmetic::mul),
    standard("Pad", &["mode", "pads", "value"], 4, pad::pad),
    standard("QLinearConv", CONV, 9, qlinear::conv),
    standard("QLinearMatMul", &[], 8, qlinear::matmul),
    standard("QuantizeLinear", QUANTIZE, 3, quantize::quantize),
    standard("ReduceMean", &["axes", "keepdims", "noop_with_empty_axes"], 2, reduce::mean),
    standard("Relu", &[], 1, activation::relu),
    standard("Reshape", &["allowzero"], 2, shape::reshape),
    standard("Shape", &["end", "start"], 1, select::shape),
    standard("Slice", &["axes", "ends", "starts"], 5, select::slice),
    standard("Softmax", &["axis"], 1, activation::softmax),
    standard("Squeeze", &["axes"], 2, shape::squeeze),
    standard("Sub", &[], 2, arithmetic::sub),
    standard("Sum", &[], usize::MAX, arithmetic::sum_of_all),
    standard("Transpose", &["perm"], 1, shape::transpose),
    standard("Unsqueeze", &["axes"], 2, shape::unsqueeze),
    microsoft("DequantizeLinear", QUANTIZE, 3, quantize::dequantize),
    microsoft("QGemm", &["alpha", "transA", "transB"], 9, qlinear::gemm),
    microsoft("QLinearAdd", &[], 8, qlinear::add),
    microsoft("QLinearAveragePool", AVERAGE_Q, 5, qlinear::average_pool),
    microsoft("QLinearGlobalAveragePool", &["channels_last"], 5, qlinear::global_average_pool),
    microsoft("QLinearSoftmax", &["axis", "opset"], 5, qlinear::softmax),
    microsoft("QuantizeLinear", QUANTIZE, 3, quantize::quantize),
    Operator {
        domain: QONNX,
        name: "BipolarQuant",
        attributes: &[],
        inputs: 2,
        import: qonnx::bipolar,
    },
    Operator {
        domain: QONNX,
        name: "Quant",
        attributes: &["narrow", "rounding_mode", "signed"],
        inputs: 4,
        import: qonnx::quant,
    },
];

/// Domain and name of every supported operator, in the order of their names.
pub fn supported_operators() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATORS.iter().map(|operator| (operator.domain, operator.name))
}

/// Imports a node after checking it against the table.
pub(crate) fn import(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let operator = find(&node.proto.domain, &node.proto.op_type)?;
    let names = node.proto.attribute.iter().map(|attribute| attribute.name.as_str());
    if let Some(unknown) = names.into_iter().find(|name| !operator.attributes.contains(name)) {
        let known = operator.attributes.join(", ");
        return Err(NodeError::UnknownAttribute { attribute: unknown.into(), known });
    }
    let found = node.proto.input.len();
    if found > operator.inputs {
        return Err(NodeError::TooManyInputs { found, most: operator.inputs });
    }
    if node.proto.output.first().is_none_or(String::is_empty) {
        return Err(NodeError::NoOutput);
    }
    (operator.import)(node)
}

fn find(domain: &str, op: &str) -> Result<&'static Operator, NodeError> {
    let domain = match domain {
        "" => STANDARD,
        "finn.custom_op.general" | "onnx.brevitas" => QONNX,
        other => other,
    };
    let found = OPERATORS.iter().find(|known| known.domain == domain && known.name == op);
    found.ok_or_else(|| {
        let here: Vec<&str> =
            OPERATORS.iter().filter(|o| o.domain == domain).map(|o| o.name).collect();
        let known = if here.is_empty() {
            format!("domains {STANDARD}, {MICROSOFT}, {QONNX}")
        } else {
            here.join(", ")
        };
        NodeError::UnknownOperator { op: op.into(), domain: domain.into(), known }
    })
}
