"""Tests of checks that are at work."""
