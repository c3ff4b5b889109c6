"""The tab 过程: the ways that cases go."""
