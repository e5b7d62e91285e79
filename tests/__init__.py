"""Tests of kgtool."""
