"""Exporters: a program as source code that people can read and run without byhand."""
