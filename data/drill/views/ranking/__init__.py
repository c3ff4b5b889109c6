"""The tab 部门排名: departments side by side, and why they differ."""
