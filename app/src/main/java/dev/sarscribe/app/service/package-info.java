/** What a running process tells its operators: health and metrics over HTTP. */
package dev.sarscribe.app.service;
