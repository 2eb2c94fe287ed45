"""A small vision-language model for SAR tiles: dense encoder, object tokens and an autoregressive decoder."""
