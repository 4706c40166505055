"""Make the covariate tables from the raw files: one module for each family of tables.

The raw files are public series as they were gathered and do not ship; the tables made of them do. Run
again after a change of the raw files, of the severances in events.csv or of the parties in
disputes.csv: ``demarche covariates RAW_DIR --out DIR``.
"""

from sim.history.build.make import make_tables, rebuild, write_tables

__all__ = ["make_tables", "rebuild", "write_tables"]
