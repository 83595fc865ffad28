use super::*;

fn network(name: &str) -> FloatNetwork {
    let definition = find(name).unwrap();
    definition.network(definition.classes).unwrap()
}

fn shape_of(network: &FloatNetwork, layer: &str) -> Vec<usize> {
    network.layers().iter().find(|found| found.name == layer).unwrap().shape.clone()
}

#[test]
fn every_definition_has_its_classes_and_a_name_of_its_own() {
    for definition in &ALL {
        let network = definition.network(7).unwrap();
        assert_eq!(network.shape(network.output()), [7], "{}", definition.name);
        assert_eq!(network.inputs()[0].shape, definition.image);
        let mut names: Vec<&str> = network.layers().iter().map(|l| l.name.as_str()).collect();
        let layers = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), layers, "{}: layer names repeat", definition.name);
        let namesakes = ALL.iter().filter(|other| other.name == definition.name);
        assert_eq!(namesakes.count(), 1);
    }
    assert!(find("resnet-21").is_none());
}

#[test]
fn parameters_of_paper_004_need_the_memory_it_prints() {
    // Counted by hand from tables I and II, and the printed kilobytes at 32 bits.
    let table = [
        ("lenet", 431_080, 1650.0),
        ("convnet", 567_206, 2150.0),
        ("alex", 89_578, 350.0),
        ("alex+", 332_746, 1250.0),
        ("alex++", 2_473_610, 9400.0),
    ];
    for (name, parameters, kilobytes) in table {
        let found = trainable_parameters(&network(name));
        assert_eq!(found, parameters, "{name}");
        let needed = found as f64 * 4.0 / 1024.0;
        assert!((needed / kilobytes - 1.0).abs() < 0.045, "{name}: {needed} kB");
    }
}

#[test]
fn parameters_of_paper_003() {
    // ResNets with 1x1 shortcuts, as commonly counted; a head of 100 classes has 64 * 90 + 90 more
    // than one of 10.
    let table = [
        ("resnet-20", 272_474 + 5_850),
        ("resnet-20-every", 272_474 + 5_850),
        ("resnet-20-plain", 272_474 + 5_850 - 2_560 - 192),
        ("resnet-32", 466_906 + 5_850),
        ("resnet-32-every", 466_906 + 5_850),
        ("resnet-18", 11_689_512),
        ("resnet-18-every", 11_689_512),
        ("vgg-15", 14_710_464 + 2 * 4_224 + 513 * 1024 + 1025 * 100),
    ];
    for (name, parameters) in table {
        assert_eq!(trainable_parameters(&network(name)), parameters, "{name}");
    }
}

#[test]
fn weights_of_paper_002_are_the_bits_it_counts() {
    let network = network("convnet-4");
    let conv = |layer: &bitladder_network::FloatLayer| match &layer.op {
        FloatOp::Conv { weights, .. } => weights.len(),
        _ => 0,
    };
    assert_eq!(network.layers().iter().map(conv).sum::<usize>() * 32, 2_092_032);
}

#[test]
fn shapes_are_those_of_the_papers() {
    let table: [(&str, &str, &[usize]); 12] = [
        ("lenet", "pool2", &[50, 4, 4]),
        ("convnet", "conv2", &[512, 8, 8]),
        ("convnet", "flatten", &[8192]),
        ("alex", "pool1", &[32, 16, 16]),
        ("alex", "pool3", &[64, 4, 4]),
        ("alex+", "conv3", &[128, 8, 8]),
        ("alex++", "flatten", &[4096]),
        ("vgg-15", "conv13", &[512, 2, 2]),
        ("vgg-15", "flatten", &[512]),
        ("resnet-20", "conv19", &[64, 8, 8]),
        ("resnet-32-every", "add13", &[32, 16, 16]),
        ("resnet-18", "conv17", &[512, 7, 7]),
    ];
    for (name, layer, shape) in table {
        assert_eq!(shape_of(&network(name), layer), shape, "{name}, {layer}");
    }
}

#[test]
fn shortcuts_go_around_what_they_should() {
    let adds = |name: &str| {
        let network = network(name);
        network.layers().iter().filter(|layer| matches!(layer.op, FloatOp::Add)).count()
    };
    assert_eq!([adds("resnet-20"), adds("resnet-20-every"), adds("resnet-20-plain")], [9, 18, 0]);
    assert_eq!([adds("resnet-32"), adds("resnet-32-every")], [15, 30]);
    assert_eq!([adds("resnet-18"), adds("resnet-18-every")], [8, 16]);
    assert_eq!([adds("resnet-8"), adds("resnet-8-every")], [3, 6]);
}
