"""What a measured window has in its process. This folder stands in its PYTHONPATH."""
