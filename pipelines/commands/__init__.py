"""The commands of `mandi`, a module a family; `pipelines.cli` puts them together. Each help shows an example."""
