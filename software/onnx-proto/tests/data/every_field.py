"""Writes every_field.onnx: a model in which every field of every message is set.

Not a valid model, but one in which no two fields can be mistaken for each other. Texts hold the name of
their field, integers 100 + its number, floats its number + 0.5. Repeated fields have one entry, repeated
numbers two. A message inside a message of its own kind is left out.

    pip install onnx && python every_field.py
"""

import pathlib

import onnx


def fill(message, above=()):
    above = (*above, message.DESCRIPTOR.full_name)
    filled_oneofs = set()
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof and field.containing_oneof.name in filled_oneofs:
            continue
        fill_field(message, field, above)
        if field.containing_oneof:
            filled_oneofs.add(field.containing_oneof.name)
    return message


def fill_field(message, field, above):
    if field.message_type:
        if field.message_type.full_name in above:
            return
        target = getattr(message, field.name)
        fill(target.add() if field.is_repeated else target, above)
        return
    values = {
        field.CPPTYPE_STRING: [field.name.encode() if field.type == field.TYPE_BYTES else field.name],
        field.CPPTYPE_ENUM: [field.enum_type.values[-1].number if field.enum_type else 0],
        field.CPPTYPE_FLOAT: [field.number + 0.5, -0.5],
        field.CPPTYPE_DOUBLE: [field.number + 0.5, -0.5],
        field.CPPTYPE_UINT64: [100 + field.number, 2**64 - 1],
    }.get(field.cpp_type, [100 + field.number, -1])
    if field.is_repeated:
        getattr(message, field.name).extend(values)
    else:
        setattr(message, field.name, values[0])


if __name__ == "__main__":
    model = fill(onnx.ModelProto())
    path = pathlib.Path(__file__).with_suffix(".onnx")
    path.write_bytes(model.SerializeToString(deterministic=True))
