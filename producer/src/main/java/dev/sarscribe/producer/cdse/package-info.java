/** The Copernicus Data Space Ecosystem: its OData catalogue and its pull subscriptions. */
package dev.sarscribe.producer.cdse;
