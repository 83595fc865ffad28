//! Which `#[hdl_gen]` code means the same in rust-hdl's simulation and in its Verilog.
//!
//! rust-hdl translates expressions operator by operator, but Verilog computes a nested expression
//! at a width that depends on its surroundings, treats it as unsigned as soon as one operand is,
//! and has other precedences. What is left to trust is one operation on plain operands, assigned
//! to a signal of the width that rust-hdl's types give it: that is all that is accepted here.

use rust_hdl_core::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogExpression as Expression, VerilogStatement,
};

/// The assignment that is not accepted: its target, and the reason.
pub(super) type Objection = (String, &'static str);

/// Looks at all statements; `signed` says that the block has signed signals.
pub(super) fn check(block: &VerilogBlock, signed: bool) -> Result<(), Objection> {
    block.iter().try_for_each(|statement| check_statement(statement, signed))
}

fn check_statement(statement: &VerilogStatement, signed: bool) -> Result<(), Objection> {
    match statement {
        VerilogStatement::Assignment(Expression::Signal(target), value) => {
            let target = target.trim_end_matches("$next").trim_start_matches('.');
            check_value(value, signed).map_err(|what| (target.to_owned(), what))
        }
        VerilogStatement::Assignment(target, _) => {
            Err((format!("{target:?}"), "a part of a signal as the target"))
        }
        VerilogStatement::SliceAssignment { base, .. } => {
            Err((format!("{base:?}"), "a part of a signal as the target"))
        }
        VerilogStatement::If(conditional) => {
            check_value(&conditional.test, signed)
                .map_err(|what| ("a condition".to_owned(), what))?;
            check(&conditional.then, signed)?;
            match &conditional.otherwise {
                VerilogBlockOrConditional::Block(block) => check(block, signed),
                VerilogBlockOrConditional::Conditional(inner) => check_statement(inner, signed),
                VerilogBlockOrConditional::None => Ok(()),
            }
        }
        VerilogStatement::Match(choice) => {
            check_value(&choice.test, signed).map_err(|what| ("a match".to_owned(), what))?;
            choice.cases.iter().try_for_each(|case| check(&case.block, signed))
        }
        VerilogStatement::Loop(repeated) => check(&repeated.block, signed),
        VerilogStatement::Macro(block) => check(block, signed),
        VerilogStatement::Comment(_) | VerilogStatement::Link(_) => Ok(()),
    }
}

/// At most one operation on plain operands.
fn check_value(value: &Expression, signed: bool) -> Result<(), &'static str> {
    let nested = |operand: &Expression| {
        if is_plain(operand) { Ok(()) } else { Err("an operation inside an operation") }
    };
    match value {
        Expression::Signal(_) | Expression::Literal(_) => Ok(()),
        Expression::Paren(inner) => check_value(inner, signed),
        Expression::Cast(inner, _)
        | Expression::Signed(inner)
        | Expression::Unsigned(inner)
        | Expression::Unary(_, inner) => nested(inner),
        Expression::Binary(left, _, right) => {
            let literal = is_literal(left) || is_literal(right);
            if signed && literal {
                return Err("a literal beside a signal that may be signed");
            }
            nested(left).and(nested(right))
        }
        Expression::Index(word, at) | Expression::Slice(word, _, at) => {
            nested(word).and(nested(at))
        }
        Expression::IndexReplace(..) => Err("`replace_bit`"),
    }
}

fn is_plain(operand: &Expression) -> bool {
    match operand {
        Expression::Paren(inner) => is_plain(inner),
        Expression::Signal(_) | Expression::Literal(_) => true,
        _ => false,
    }
}

fn is_literal(operand: &Expression) -> bool {
    match operand {
        Expression::Paren(inner) => is_literal(inner),
        _ => matches!(operand, Expression::Literal(_)),
    }
}
