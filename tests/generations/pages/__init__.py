"""Tests of the pages about generations."""
