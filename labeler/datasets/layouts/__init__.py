"""What folders mean: parts, classes, containers, copies, and signs that this may be wrong."""
