"""Make a traced graph of fixed shapes one that TensorRT 8.6's ONNX parser takes, and check that it is: known operators, every
shape a number, no shape arithmetic left."""
from collections.abc import Iterator

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

# The operators of this model with the types that the parser takes for their data input, from the table of onnx-tensorrt at
# its release 8.6-GA (https://github.com/onnx/onnx-tensorrt/blob/release/8.6-GA/docs/operators.md): f FP32, i INT32, b BOOL.
# INT64 is read as INT32. An operator that is missing here may well be supported: look it up there and add it.
OPERATORS = {
    "Abs": "fi", "Add": "fi", "And": "b", "ArgMax": "fi", "AveragePool": "fi", "Cast": "fib", "Clip": "f",
    "Concat": "fib", "Constant": "fib", "Conv": "f", "Cos": "f", "Div": "fi", "Equal": "fi", "Exp": "f",
    "Expand": "fib", "Flatten": "fib", "Floor": "f", "Gather": "fib", "GatherElements": "fib", "Gemm": "f",
    "Greater": "fi", "GreaterOrEqual": "fi", "Identity": "fib", "Less": "fi", "LessOrEqual": "fi", "Loop": "fib",
    "MatMul": "f", "Max": "fi", "MaxPool": "f", "Min": "fi", "Mod": "fi", "Mul": "fi", "Neg": "fi", "Not": "b",
    "Or": "b", "Pad": "fi", "Pow": "f", "ReduceMax": "f", "ReduceMean": "f", "ReduceSum": "f", "Relu": "f",
    "Reshape": "fib", "Resize": "f", "Sigmoid": "f", "Sin": "f", "Slice": "fib", "Softmax": "f", "Split": "fib",
    "Sqrt": "f", "Squeeze": "fib", "Sub": "fi", "Tanh": "f", "TopK": "fi", "Transpose": "fib", "Unsqueeze": "fib",
    "Where": "fib", "Xor": "b"}
LETTERS = {TensorProto.FLOAT: "f", TensorProto.INT32: "i", TensorProto.INT64: "i", TensorProto.BOOL: "b"}

# Inputs that must be constant: some by the table ("must be an initializer"), the rest because a shape would be dynamic.
CONSTANT_INPUTS = {"Clip": (1, 2), "Expand": (1,), "Loop": (0,), "Pad": (1, 2), "ReduceSum": (1,), "Reshape": (1,),
                   "Resize": (1, 2, 3), "Slice": (1, 2, 3, 4), "Split": (1,), "Squeeze": (1,), "TopK": (1,), "Unsqueeze": (1,)}
MAX_OPSET = 17
MAX_TOP_K = 3840        # TensorRT's ITopKLayer


def graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and every graph inside it, outermost first."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def fold(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every node that can be computed now becomes an initialiser, and so does every Shape of a tensor of fixed shape.

    The exporter leaves both behind, and each folded shape lets inference find more of them: hence the repetition."""
    while True:
        model = shape_inference.infer_shapes(model, data_prop=True)
        graph, known = model.graph, {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        values = {v.name: v.type.tensor_type for v in [*graph.input, *graph.value_info]}
        rest = []
        for node in graph.node:
            if node.op_type == "Shape" and is_static(values, node.input[0]):
                known[node.output[0]] = np.array([d.dim_value for d in values[node.input[0]].shape.dim])
            elif all(name in known for name in node.input):
                known |= evaluated(node, known, model.opset_import)
            else:
                rest.append(node)
        if len(rest) == len(graph.node):
            return model
        used = {name for node in rest for name in node.input} | {v.name for v in graph.output}
        graph = helper.make_graph(rest, graph.name, graph.input, graph.output,
                                  [numpy_helper.from_array(a, name) for name, a in known.items() if name in used])
        model = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def evaluated(node: onnx.NodeProto, known: dict, opsets: list) -> dict:
    """The outputs of a node of constants, by name."""
    names = [n for n in node.input if n]
    inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(known[n].dtype), known[n].shape) for n in names]
    graph = helper.make_graph([node], "constant", inputs, [onnx.ValueInfoProto(name=n) for n in node.output])
    results = ReferenceEvaluator(helper.make_model(graph, opset_imports=opsets)).run(None, {n: known[n] for n in names})
    return dict(zip(node.output, map(np.asarray, results)))


def constants(model: onnx.ModelProto) -> dict:
    """Name -> array of every initialiser and constant, those of inner graphs too."""
    found = {}
    for graph in graphs(model.graph):
        found |= {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        found |= {n.output[0]: numpy_helper.to_array(helper.get_node_attr_value(n, "value"))
                  for n in graph.node if n.op_type == "Constant"}
    return found


def problems(model: onnx.ModelProto) -> list:
    """What TensorRT 8.6 is not known to take, one line each; an empty list for a good graph."""
    onnx.checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    fixed, types, found = constants(inferred), {}, []
    for graph in graphs(inferred.graph):
        values = {v.name: v.type.tensor_type for v in [*graph.input, *graph.value_info, *graph.output]}
        types |= {name: t.elem_type for name, t in values.items()} | {t.name: t.data_type for t in graph.initializer}
        for node in graph.node:
            found += [f"{node.name}: {name} has no fixed shape" for name in node.output if name and not is_static(values, name)]
            found += [f"{node.name}: {line}" for line in node_problems(node, fixed, types)]
        found += [f"input {name} has no fixed shape" for name in (v.name for v in graph.input) if not is_static(values, name)]
    found += [f"{name} is a {TensorProto.DataType.Name(t)}" for name, t in types.items() if t not in LETTERS]
    if (opset := model.opset_import[0].version) > MAX_OPSET:
        found.append(f"opset {opset} is above {MAX_OPSET}")
    return found


def is_static(values: dict, name: str) -> bool:
    """Is every side of the tensor a number above zero?"""
    return name in values and values[name].HasField("shape") and all(d.dim_value > 0 for d in values[name].shape.dim)


def node_problems(node: onnx.NodeProto, fixed: dict, types: dict) -> Iterator[str]:
    """What is wrong with one node by itself."""
    allowed = OPERATORS.get(node.op_type)
    if allowed is None:
        yield f"{node.op_type} is not on the list of operators"
        return
    data = node.input[1 if node.op_type == "Where" else 2 if node.op_type == "Loop" else 0] if node.input else ""
    if data and LETTERS.get(types.get(data), "?") not in allowed:
        yield f"{node.op_type} of {TensorProto.DataType.Name(types.get(data, 0))}"
    for i in CONSTANT_INPUTS.get(node.op_type, ()):
        if i < len(node.input) and node.input[i] and node.input[i] not in fixed:
            yield f"input {i} of {node.op_type} is not constant"
    if node.op_type == "Gather" and node.input[1] in fixed and fixed[node.input[1]].min() < 0:
        yield "Gather counts from the end"      # the parser hands the index on as it is
    if node.op_type == "TopK" and node.input[1] in fixed and fixed[node.input[1]].max() > MAX_TOP_K:
        yield f"TopK of more than {MAX_TOP_K}"
    if node.op_type == "Loop" and node.input[1]:
        yield "Loop with a condition"
