"""Plots as shapes for templates to draw as SVG: of accuracies, of clusters."""
