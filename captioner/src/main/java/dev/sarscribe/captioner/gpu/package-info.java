/** NVIDIA GPUs: the device, the libraries that the engines need on it, and compiled plans. */
package dev.sarscribe.captioner.gpu;
