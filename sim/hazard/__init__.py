"""How states react: covariates, risk sets and the response rules learned from precedents."""
