"""The contracts (JSON Schemas) that wdh checks data_sources.yml against."""
