"""The tab 部门排名: comparison of departments, and reasons for their differences."""
