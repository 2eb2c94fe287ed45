/** SAR products as delivered: the readers, and the scenes they open. */
package dev.sarscribe.imagery.product;
