"""Opens outputs: Parquet, CSV and the layouts of the field."""
