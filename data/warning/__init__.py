"""Early warning: expected reports of today by town and category, and which counts are far above them."""
