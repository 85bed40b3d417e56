"""Measurements that anyone can repeat; none of them is a test."""
