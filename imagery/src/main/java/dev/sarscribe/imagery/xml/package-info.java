/** Bounded XML reading that never resolves a document type or an external entity. */
package dev.sarscribe.imagery.xml;
