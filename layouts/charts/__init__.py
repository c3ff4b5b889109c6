"""What all charts have in common: the template in both themes, and the words and buttons of a chart."""
