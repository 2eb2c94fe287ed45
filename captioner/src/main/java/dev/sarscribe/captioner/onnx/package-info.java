/**
 * The engines that run ONNX graphs, through Deep Java Library: ONNX Runtime and TensorRT, tokens
 * and the decode loop.
 */
package dev.sarscribe.captioner.onnx;
