"""Common to all charts: the template in both themes, and the texts and buttons of a chart."""
