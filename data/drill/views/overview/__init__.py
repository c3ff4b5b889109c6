"""The tab 总览: who, where and when, in summary."""
