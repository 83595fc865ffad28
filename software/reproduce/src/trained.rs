//! Accuracies after training, which takes the trainer and hours, not this command.

/// LeNet on MNIST, trained by `bitladder-train`: format, hits among the 10,000 test images, and the
/// options of the run. `docs/results/training.md` lists the runs.
const LENET: [(&str, f64, &str); 9] = [
    ("16", 9949.0, "--format 16 --epochs 1 --rate 0.005 --threads 2"),
    ("8", 9949.0, "--format 8 --epochs 1 --rate 0.005 --threads 2"),
    ("4", 9945.0, "--format 4 --pass-saturated --epochs 1 --rate 0.005"),
    ("pow2a16", 9949.0, "--format pow2a16 --pass-saturated --epochs 1 --rate 0.005"),
    ("binarya16", 9916.0, "--format binarya16 --pass-saturated --epochs 4 --rate 0.01"),
    (
        "qsq9:2.5a8",
        9933.0,
        "--format qsq9:2.5a8 --pass-saturated --scope dense --epochs 2 --rate 0.01",
    ),
    (FIVE_EPOCHS, 9923.0, "--format qsq9:4a8 --scope dense --epochs 5 --rate 0.01 --threads 2"),
    (TWENTY_EPOCHS, 9928.0, "--format qsq9:4a8 --scope dense --epochs 20 --rate 0.01 --threads 2"),
    ("qsqa8", 9944.0, "--format qsqa8 --pass-saturated --scope dense --epochs 1 --rate 0.005"),
];

/// Equation 9 as printed, with the paper's two lengths of training.
pub(crate) const FIVE_EPOCHS: &str = "qsq9:4a8 for 5 epochs";
pub(crate) const TWENTY_EPOCHS: &str = "qsq9:4a8 for 20 epochs";

/// Where they come from, for a note.
pub(crate) const SOURCE: &str = "Values after training are not measured by this command: they are \
                                 those of docs/results/training.md, which has the command of each.";

/// Percent of MNIST's test images that LeNet gets right after training in a format.
pub(crate) fn lenet(format: &str) -> Option<f64> {
    LENET.iter().find(|(name, ..)| *name == format).map(|(_, hits, _)| hits / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_results() {
        let results = include_str!("../../../docs/results/training.md");
        let (mnist, _) = results.split_once("## LeNet on Fashion-MNIST").unwrap();
        for (format, hits, options) in LENET {
            let line = mnist.lines().find(|line| line.contains(&format!("`{options}`"))).unwrap();
            let percent = format!("**{:.2} %**", hits / 100.0);
            assert!(line.contains(&percent), "{format}: {percent} is not in {line}");
        }
        assert_eq!(lenet("4 for a day"), None);
    }
}
