"""Tests of how gates are asked."""
