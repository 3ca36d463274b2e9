"""Tracks training runs in MLflow."""
