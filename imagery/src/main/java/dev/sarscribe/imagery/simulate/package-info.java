/** Product-like simulated scenes with truth. */
package dev.sarscribe.imagery.simulate;
