/** Requests to other machines, within a policy and with the credentials that each host is due. */
package dev.sarscribe.access;
