/** How far each acquisition is: the ledger behind the progress topic, and its watcher. */
package dev.sarscribe.stream.progress;
