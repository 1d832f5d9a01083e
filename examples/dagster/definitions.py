"""The domains of the configuration beside this file, in Dagster: ``dagster dev --python-file definitions.py``."""

from wdh.integrations.dagster import build_definitions

defs = build_definitions("data_sources.yml", start="2024-01", report_dir="reports")
