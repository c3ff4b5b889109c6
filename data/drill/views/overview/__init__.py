"""The tab 总览: who, where and when, at a glance."""
