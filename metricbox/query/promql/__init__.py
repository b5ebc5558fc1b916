"""PromQL: parsed by promql-parser, evaluated here on columns, for all series and steps at once."""
