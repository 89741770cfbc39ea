"""Tests of what proves a change by its tests."""
