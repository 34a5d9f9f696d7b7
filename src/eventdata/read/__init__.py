"""Opens inputs: report files and archive files."""
