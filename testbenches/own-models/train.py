"""Training and exporting with PyTorch; seeds are fixed, so runs on one kind of CPU are alike."""

import logging
from pathlib import Path

import digits
import networks
import onnx
import torch
from onnxscript import optimizer
from torch import nn

SEED = 1
EPOCHS = 40
BATCH = 48
LEARNING_RATE = 3e-3


def accuracy(model: nn.Module, part: str) -> float:
    images, labels = (torch.from_numpy(array) for array in digits.load(part))
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()


def trained(name: str) -> tuple[nn.Module, float]:
    """A network after training, and its accuracy on the test images."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    images, labels = (torch.from_numpy(array) for array in digits.load("train"))
    model = networks.NETWORKS[name]()
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=1e-3)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(EPOCHS):
        model.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model, accuracy(model, "test")


def export(model: nn.Module, file: Path) -> None:
    """As PyTorch's exporter writes it, with the batch open and all weights inside the file."""
    # It warns of each operator of torchvision, which is not wanted here.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    model.eval()
    example = torch.zeros(2, 1, 8, 8)
    batch = torch.export.Dim("batch", min=1, max=65535)
    program = torch.onnx.export(
        model,
        (example,),
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes=({0: batch},),
        opset_version=18,
        dynamo=True,
        external_data=False,
        # All optimisations together fold batch norms, which the importer is to meet.
        optimize=False,
        verbose=False,
    )
    optimizer.fold_constants(program.model)
    optimizer.remove_unused_nodes(program.model)
    proto = program.model_proto
    # Traces of the exporting program, with its paths, are no part of a network.
    for node in proto.graph.node:
        del node.metadata_props[:]
    for value in (*proto.graph.value_info, *proto.graph.input, *proto.graph.output):
        del value.metadata_props[:]
    del proto.graph.metadata_props[:]
    del proto.metadata_props[:]
    onnx.save(proto, file)
