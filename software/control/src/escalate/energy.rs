//! The energy model of margin-based escalation.

/// Energy per image relative to running all of them at the widest width, at equal throughput:
/// sum of P_k * Pr(width k is reached) / P_widest. `widths` are pairs of watts and the share of
/// images that reach the width, from narrow to wide; the widest may be reached by none. `None`
/// for no widths.
pub fn relative_energy(widths: &[(f64, f64)]) -> Option<f64> {
    let (widest, _) = widths.last()?;
    Some(widths.iter().map(|(watts, reached)| watts * reached).sum::<f64>() / widest)
}
