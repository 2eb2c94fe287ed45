/** What the stages share: reasons of rejection, their health, their meters. */
package dev.sarscribe.stream;
