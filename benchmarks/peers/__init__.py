"""Comparisons with other tools. Peers are installed beside the project, never into it; see README.md here."""
