"""An earlier deployment's data_sources.yml and foreign_keys.yml as one data_sources.yml of ours."""

from wdh.migration.migrating import migrate

__all__ = ["migrate"]
