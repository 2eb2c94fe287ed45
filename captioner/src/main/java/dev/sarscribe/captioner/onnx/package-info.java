/** The ONNX Runtime engine, through Deep Java Library: graphs, tokens and the decode loop. */
package dev.sarscribe.captioner.onnx;
