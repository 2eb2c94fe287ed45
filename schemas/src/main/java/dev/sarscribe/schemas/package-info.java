/** Topics, their records, the one wire format, and the connection settings every client shares. */
package dev.sarscribe.schemas;
