"""The tab 清单与定义: the cases, and one of them whole."""
