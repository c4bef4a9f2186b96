"""What people and other programs wrote, into trees: formulas in TeX."""
