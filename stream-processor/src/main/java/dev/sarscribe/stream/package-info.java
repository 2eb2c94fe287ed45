/** What the stages share: the codes for tiles that never reach the corpus. */
package dev.sarscribe.stream;
