"""A small vision-language model for SAR tiles: dense encoder, object tokens and an autoregressive decoder."""
import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")    # ONNX Runtime would report its use to its maker
